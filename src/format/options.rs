//! The options for reading and writing formats.

use super::NormalForm;
use crate::{
    compress::Compression,
    encoding::{Encoding, ErrorPolicy, RecordText, TextOptions},
    record::AsRecord,
};

/// The treatment of control characters that a format cannot hold: in MARCXML those that XML 1.0
/// forbids (section 2.2), in every text format the separators 0x1D, 0x1E and 0x1F.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Controls {
    /// The record is refused.
    #[default]
    Error,
    /// They are left out, and a note reports it.
    Skip,
    /// U+FFFD replaces each of them, and a note reports it.
    Replace,
}

/// The names in braces that are mnemonics in MARCMaker text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Mnemonics {
    /// All names of the Library of Congress's table, and codes of two hexadecimal digits. A note
    /// reports each name that MarcEdit would not write in this record.
    #[default]
    All,
    /// Those that MarcEdit writes, for text of programs that do not escape braces: `{dollar}`,
    /// `{lcub}`, `{rcub}`, `{bsol}`, `{esc}` and the codes of control characters; in a record in
    /// MARC-8 also the names of two characters or more. All others are text.
    MarcEdit,
}

/// The treatment of records that ISO 2709 cannot hold: fields over 9,999 bytes, records over
/// 99,999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Overlong {
    /// The record is refused.
    #[default]
    Error,
    /// Fields and records are split, and notes report it: see
    /// [`split`](super::iso2709_split::split).
    Split,
    /// The record goes as MARCXML to the [second output](super::Writer::divert_to), and a note
    /// reports it. Without a second output it is refused.
    Xml,
}

/// The options of the parsers of text formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ReadOptions {
    pub(super) controls: Controls,
    pub(super) mnemonics: Mnemonics,
    pub(super) max_record_length: usize,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            controls: Controls::Error,
            mnemonics: Mnemonics::All,
            max_record_length: crate::framing::DEFAULT_MAX_RECORD_LENGTH,
        }
    }
}

impl ReadOptions {
    /// Creates options with all defaults.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Sets the treatment of control characters that have no place in a record.
    pub(crate) const fn controls(mut self, controls: Controls) -> Self {
        self.controls = controls;
        self
    }

    /// Sets the names that are mnemonics in MARCMaker text.
    pub(crate) const fn mnemonics(mut self, mnemonics: Mnemonics) -> Self {
        self.mnemonics = mnemonics;
        self
    }

    /// Sets the longest record accepted, in bytes of the input. No text format has a record of
    /// fewer than 64.
    pub(crate) fn max_record_length(mut self, bytes: usize) -> Self {
        self.max_record_length = bytes.max(64);
        self
    }
}

/// The options for writing records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WriteOptions {
    pub(super) controls: Controls,
    pub(crate) encoding_errors: ErrorPolicy,
    pub(crate) overlong: Overlong,
    pub(crate) encoding: Option<Encoding>,
    source_encoding: Option<Encoding>,
    pub(super) normal_form: Option<NormalForm>,
    pub(super) namespace: bool,
    pub(super) collection: bool,
    /// The compression; the outer `None` if the suffix of a path decides.
    pub(crate) compression: Option<Option<Compression>>,
    pub(crate) compression_level: Option<u8>,
}

impl Default for WriteOptions {
    fn default() -> Self {
        Self {
            controls: Controls::Error,
            encoding_errors: ErrorPolicy::Strict,
            overlong: Overlong::Error,
            encoding: None,
            source_encoding: None,
            normal_form: None,
            namespace: true,
            collection: true,
            compression: None,
            compression_level: None,
        }
    }
}

impl WriteOptions {
    /// Creates options with all defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the treatment of control characters that the format cannot hold. Default: the record is
    /// refused.
    #[must_use]
    pub const fn controls(mut self, controls: Controls) -> Self {
        self.controls = controls;
        self
    }

    /// Sets the treatment of undecodable bytes when a text format is written or the
    /// [`encoding`](Self::encoding) changes, and of characters that this encoding does not have.
    /// Default: the record is refused. With any other policy a note on the field reports that text
    /// was replaced.
    #[must_use]
    pub const fn encoding_errors(mut self, policy: ErrorPolicy) -> Self {
        self.encoding_errors = policy;
        self
    }

    /// Sets the treatment of records that ISO 2709 cannot hold. Default: they are refused.
    #[must_use]
    pub const fn overlong(mut self, overlong: Overlong) -> Self {
        self.overlong = overlong;
        self
    }

    /// Returns the encoding that a record in ISO 2709 is converted to; `None` if it stays as it is.
    /// `text` returns the rule for the text of the record.
    pub(super) fn encoding_of(&self, text: &impl Fn() -> RecordText) -> Option<Encoding> {
        let is_utf8 = || text().encoding() == Encoding::Utf8;
        let normalized = || (self.normal_form.is_some() && is_utf8()).then_some(Encoding::Utf8);
        self.encoding.or_else(normalized)
    }

    /// Returns the rule that turns the bytes of this record into text.
    pub(super) fn text_of(&self, record: &impl AsRecord) -> RecordText {
        let read = record.text_options().and_then(|options| options.downcast_ref::<TextOptions>());
        let options = read.copied().unwrap_or_default();
        let encoding = self.source_encoding.or(options.named());
        RecordText::of(record, options.encoding(encoding))
    }

    /// Sets the encoding of records in ISO 2709: UTF-8 with leader/09 `a`, or another with a blank
    /// there. Readers know the blank for MARC-8; any other encoding must be named to them. Default:
    /// each record stays as it is. The text formats are always in UTF-8.
    ///
    /// ```
    /// use tidemarc::{Reader, Writer, encoding::Encoding, format::{Format, WriteOptions}};
    ///
    /// let options = WriteOptions::new().encoding(Encoding::Utf8);
    /// let mut writer = Writer::with_options(Vec::new(), Format::Iso2709, options);
    /// for record in Reader::from_path("tests/fixtures/ascii.mrc")? {
    ///     writer.write(&record?)?;
    /// }
    /// let mut reader = Reader::from_bytes(writer.finish()?);
    /// assert!(reader.all(|record| record.is_ok_and(|record| record.view().leader().is_utf8())));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn encoding(mut self, encoding: Encoding) -> Self {
        self.encoding = Some(encoding);
        self
    }

    /// Sets the encoding of the text of the records that are passed to the writer. Default: a
    /// record of a reader keeps the [`encoding`](crate::ReaderBuilder::encoding) of that reader,
    /// with its other options; of all others it is detected, as by
    /// [`detect`](crate::encoding::detect).
    ///
    /// ```
    /// use tidemarc::{Reader, Writer, encoding::Encoding, format::Format};
    ///
    /// let latin1 = b"00050nam a2200037   4500245001200000\x1e10\x1fares\xE9mer\x1e\x1d";
    /// let mut writer = Writer::new(Vec::new(), Format::JsonLines);
    /// for record in Reader::builder().encoding(Encoding::Latin1).from_bytes(latin1) {
    ///     writer.write(&record?)?; // In ISO 8859-1, although leader/09 says UTF-8.
    /// }
    /// assert!(String::from_utf8(writer.finish()?)?.contains("resémer"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn source_encoding(mut self, encoding: Encoding) -> Self {
        self.source_encoding = Some(encoding);
        self
    }

    /// Sets the normal form of the text that is written. In ISO 2709 it applies to records that are
    /// written in UTF-8; in other encodings, marks have their own order. Default: text stays as it
    /// is.
    ///
    /// ```
    /// use tidemarc::{Reader, Writer, format::{Format, NormalForm, WriteOptions}};
    ///
    /// let json = r#"{"leader": "00000nam a2200000   4500", "fields": [{"001": "e\u0301"}]}"#;
    /// let options = WriteOptions::new().normalize(NormalForm::Nfc);
    /// let mut writer = Writer::with_options(Vec::new(), Format::JsonLines, options);
    /// for record in Reader::from_bytes(json) {
    ///     writer.write(&record?)?;
    /// }
    /// assert!(String::from_utf8(writer.finish()?)?.contains("\u{e9}"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn normalize(mut self, form: NormalForm) -> Self {
        self.normal_form = Some(form);
        self
    }

    /// Sets whether MARCXML names its namespace, `http://www.loc.gov/MARC21/slim`. Default: yes.
    #[must_use]
    pub const fn namespace(mut self, namespace: bool) -> Self {
        self.namespace = namespace;
        self
    }

    /// Sets whether MARCXML has an XML declaration and a `collection` around the records. Without
    /// them each record is an element of its own, and several records are not one document.
    /// Default: yes.
    #[must_use]
    pub const fn collection(mut self, collection: bool) -> Self {
        self.collection = collection;
        self
    }

    /// Sets the compression of the output; `None` for no compression. Default: the suffix of the
    /// path decides in [`Writer::create`](super::Writer::create)
    /// ([`Compression::of_path`]), and any other output is not compressed.
    ///
    /// The compressed bytes are written when there are 64 KiB of them, at
    /// [`flush`](super::Writer::flush), and at the end. Without the Cargo feature `compress`, every
    /// write fails with an error that names it.
    ///
    /// ```no_run
    /// use tidemarc::{Reader, Writer, format::{Compression, Format, WriteOptions}};
    ///
    /// let options = WriteOptions::new().compression(Some(Compression::Zstd)).compression_level(9);
    /// let mut writer = Writer::with_options(Vec::new(), Format::Marcxml, options);
    /// for record in Reader::from_path("tests/fixtures/books.mrc")? {
    ///     writer.write(&record?)?;
    /// }
    /// let packed = writer.finish()?;
    /// assert_eq!(packed[..4], [0x28, 0xB5, 0x2F, 0xFD]);
    /// assert_eq!(Reader::from_bytes(packed).count(), 60);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn compression(mut self, compression: Option<Compression>) -> Self {
        self.compression = Some(compression);
        self
    }

    /// Sets the level of the compression, from fast to small: 0 to 9 for gzip and BGZF (default 6),
    /// 1 to 22 for zstd (default 3). Another one is an error when the output is created, or at the
    /// first write. The level has no effect on an output that is not compressed.
    #[must_use]
    pub const fn compression_level(mut self, level: u8) -> Self {
        self.compression_level = Some(level);
        self
    }
}
