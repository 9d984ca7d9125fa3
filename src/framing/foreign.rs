//! Foreign inputs: their names, and advice about them.

use core::fmt;

/// The format of an input that is not ISO 2709.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ForeignFormat {
    /// A page of HTML: often an error message that was saved in place of a file.
    Html,
    /// XML, such as MARCXML.
    Xml,
    /// JSON, such as MARC-in-JSON.
    Json,
    /// The mnemonic text of MARCMaker and MarcEdit, with lines like `=245  10$aTitle`.
    Marcmaker,
    /// Compressed by gzip.
    Gzip,
    /// A zip archive.
    Zip,
    /// Compressed by bzip2.
    Bzip2,
    /// Compressed by xz.
    Xz,
    /// Compressed by zstd.
    Zstd,
    /// A PDF document.
    Pdf,
    /// A file of Excel, Word and other programs before 2007 (OLE2, compound file binary).
    Ole2,
    /// Text in UTF-16.
    Utf16,
    /// MARC or other text in EBCDIC, the encoding of mainframes.
    Ebcdic,
    /// ISO 2709 as CDS/ISIS exports it: `#` in place of the terminators, or wrapped lines.
    Isis,
    /// ISO 2709 whose separators a program has replaced by their numbers: `#30;` for 0x1E.
    SpelledSeparators,
    /// Text of systems by Innovative: `LEADER`, and a line for each field.
    Innovative,
    /// Aleph sequential: lines of system number, tag, indicators, alphabet and `$$a`.
    AlephSequential,
}

impl ForeignFormat {
    /// Returns the format's name for messages, as in `looks like ` …
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Html => "HTML",
            Self::Xml => "XML",
            Self::Json => "JSON",
            Self::Marcmaker => "MARCMaker text",
            Self::Gzip => "gzip",
            Self::Zip => "zip",
            Self::Bzip2 => "bzip2",
            Self::Xz => "xz",
            Self::Zstd => "zstd",
            Self::Pdf => "PDF",
            Self::Ole2 => "an old Excel or Word file (OLE2)",
            Self::Utf16 => "UTF-16",
            Self::Ebcdic => "EBCDIC",
            Self::Isis => "a CDS/ISIS export",
            Self::SpelledSeparators => "ISO 2709 with #30; or the like in place of 0x1E",
            Self::Innovative => "text of a system by Innovative (Millennium, Sierra)",
            Self::AlephSequential => "Aleph sequential",
        }
    }

    /// Returns advice to the user, for messages.
    #[must_use]
    pub const fn remedy(self) -> &'static str {
        match self {
            Self::Html => "fetch the file again, as a saved page is often an error message",
            Self::Xml => "read it as MARCXML, if it is that",
            Self::Json => "read it as MARC-in-JSON, if it is that",
            Self::Marcmaker => "read it as MARCMaker text",
            Self::Gzip => "unpack it, or in Python pass what gzip.open(path) gives",
            Self::Zip => "unpack it (.xlsx and .docx files are zip too, and not MARC)",
            Self::Bzip2 => "unpack it, or in Python pass what bz2.open(path) gives",
            Self::Xz => "unpack it, or in Python pass what lzma.open(path) gives",
            Self::Zstd => "unpack it",
            Self::Pdf | Self::Ole2 => "export the records as MARC",
            Self::Utf16 => "export it in UTF-8",
            Self::Ebcdic => "export it in UTF-8 or MARC-8",
            Self::Isis => "export it with 0x1E and 0x1D, and without line breaks",
            Self::SpelledSeparators => {
                "fetch it again in binary mode, or replace #29;, #30; and #31; by 0x1D, 0x1E and 0x1F"
            }
            Self::Innovative | Self::AlephSequential => "export the records as MARC or MARCXML",
        }
    }

    /// Returns true if 0x1D has no meaning in such an input.
    pub(super) const fn may_hold_terminators(self) -> bool {
        !matches!(
            self,
            Self::Html
                | Self::Xml
                | Self::Json
                | Self::Marcmaker
                | Self::Innovative
                | Self::AlephSequential
        )
    }
}

impl fmt::Display for ForeignFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
