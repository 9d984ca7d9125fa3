//! Decoding of bytes to text.

use super::{
    DecodeError, DecodeErrorKind, Encoding,
    compose::Composer,
    iso5426::Iso5426Units,
    marc8::Marc8Units,
    scheme::utf8,
    units::{Unit, UnitKind, Units},
};
use std::{borrow::Cow, fmt::Write as _};

/// The treatment of undecodable bytes. Names and behaviour are those of the error handlers of
/// Python's codecs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ErrorPolicy {
    /// Undecodable bytes are an error.
    #[default]
    Strict,
    /// U+FFFD replaces each fault.
    Replace,
    /// Undecodable bytes are left out.
    Ignore,
    /// `\x` and two hexadecimal digits replace each byte.
    BackslashReplace,
}

impl ErrorPolicy {
    /// Returns the policy with this name: `strict`, `replace`, `ignore`, `backslashreplace`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "strict" => Self::Strict,
            "replace" => Self::Replace,
            "ignore" => Self::Ignore,
            "backslashreplace" => Self::BackslashReplace,
            _ => return None,
        })
    }
}

/// Options of decoding. The default is strict and makes none of the optional conversions.
///
/// ```
/// use tidemarc::encoding::{DecodeOptions, Encoding, ErrorPolicy};
///
/// let options = DecodeOptions::new().policy(ErrorPolicy::BackslashReplace);
/// assert_eq!(Encoding::Ascii.decode_with(b"na\xEFve", &options)?, r"na\xefve");
/// # Ok::<(), tidemarc::encoding::DecodeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DecodeOptions {
    policy: ErrorPolicy,
    /// `NUMERIC_REFERENCES` and `LIGATURE_HALVES`: one byte, because each record and each field of
    /// the Python face has a copy.
    flags: u8,
}

const NUMERIC_REFERENCES: u8 = 1;
const LIGATURE_HALVES: u8 = 2;

impl DecodeOptions {
    /// Creates the default options: strict, numeric character references are text, ligatures span.
    #[must_use]
    pub const fn new() -> Self {
        Self { policy: ErrorPolicy::Strict, flags: 0 }
    }

    /// Returns true if numeric character references are decoded.
    pub(crate) const fn refers(&self) -> bool {
        self.flags & NUMERIC_REFERENCES != 0
    }

    const fn with_flag(mut self, flag: u8, yes: bool) -> Self {
        self.flags = if yes { self.flags | flag } else { self.flags & !flag };
        self
    }

    /// Returns the policy for undecodable bytes.
    pub(crate) const fn error_policy(&self) -> ErrorPolicy {
        self.policy
    }

    /// Sets the policy for undecodable bytes.
    #[must_use]
    pub const fn policy(mut self, policy: ErrorPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// Sets whether `&#x…;` in MARC-8 is decoded as the character with that hexadecimal number. The
    /// Library of Congress writes characters that MARC-8 does not have in this form ([lossless
    /// conversion](https://www.loc.gov/marc/specifications/speccharconversion.html)). The default
    /// is no.
    #[must_use]
    pub const fn numeric_references(self, yes: bool) -> Self {
        self.with_flag(NUMERIC_REFERENCES, yes)
    }

    /// Sets whether ligature and double tilde, which are two marks each in MARC-8, stay two marks
    /// (U+FE20 to U+FE23, the alternative of the Library of Congress). The default is no: they
    /// become the one mark that stands between the two letters (U+0361, U+0360).
    #[must_use]
    pub const fn ligature_halves(self, yes: bool) -> Self {
        self.with_flag(LIGATURE_HALVES, yes)
    }
}

/// The destination of errors: the caller, and the text as the policy says.
struct Faults<'a> {
    policy: ErrorPolicy,
    report: &'a mut dyn FnMut(&DecodeError),
}

impl Faults<'_> {
    /// Returns the replacement of these bytes.
    fn replacement(&mut self, error: &DecodeError) -> Result<Cow<'static, str>, DecodeError> {
        if self.policy != ErrorPolicy::Strict {
            (self.report)(error);
        }
        Ok(match self.policy {
            ErrorPolicy::Strict => return Err(*error),
            ErrorPolicy::Replace => "\u{FFFD}".into(),
            ErrorPolicy::Ignore => "".into(),
            ErrorPolicy::BackslashReplace => {
                error.bytes().iter().fold(String::new(), |mut text, byte| {
                    // Writing to a string does not fail.
                    let _ = write!(text, "\\x{byte:02x}");
                    text
                })
            }
            .into(),
        })
    }
}

impl Encoding {
    /// Decodes these bytes: one subfield's value, or one control field, because MARC-8 returns to
    /// its initial state at each. Marks come after their base. MARC-8 and ISO 5426 give NFC; UTF-8
    /// is not normalised. Bytes that are already text are not copied.
    ///
    /// ```
    /// use tidemarc::encoding::Encoding;
    ///
    /// assert_eq!(Encoding::Marc8.decode(b"Dvo\xE9r\xE2ak")?, "Dvořák");
    /// assert_eq!(Encoding::Marc8.decode(b"\x1B(NmIR\x1B(B")?, "Мир");
    /// # Ok::<(), tidemarc::encoding::DecodeError>(())
    /// ```
    ///
    /// # Errors
    /// Returns the first undecodable bytes.
    #[inline]
    pub fn decode(self, bytes: &[u8]) -> Result<Cow<'_, str>, DecodeError> {
        self.decode_with(bytes, &DecodeOptions::new())
    }

    /// Does the same with options.
    ///
    /// # Errors
    /// Fails as [`decode`](Self::decode) does if the policy is [`ErrorPolicy::Strict`], and never
    /// otherwise.
    #[inline]
    pub fn decode_with<'a>(
        self,
        bytes: &'a [u8],
        options: &DecodeOptions,
    ) -> Result<Cow<'a, str>, DecodeError> {
        self.decode_reporting(bytes, options, &mut |_| {})
    }

    /// Does the same, and calls `report` with each fault that the policy accepts.
    ///
    /// # Errors
    /// Fails as [`decode`](Self::decode) does if the policy is [`ErrorPolicy::Strict`], and never
    /// otherwise.
    #[inline]
    pub fn decode_reporting<'a>(
        self,
        bytes: &'a [u8],
        options: &DecodeOptions,
        report: &mut dyn FnMut(&DecodeError),
    ) -> Result<Cow<'a, str>, DecodeError> {
        let may_refer = self == Self::Marc8 && options.refers() && bytes.contains(&b'&');
        match self.as_it_stands(bytes) {
            Some(text) if !may_refer => Ok(Cow::Borrowed(text)),
            _ => self.convert(bytes, options, report).map(Cow::Owned),
        }
    }

    fn convert(
        self,
        bytes: &[u8],
        options: &DecodeOptions,
        report: &mut dyn FnMut(&DecodeError),
    ) -> Result<String, DecodeError> {
        let mut faults = Faults { policy: options.policy, report };
        match self {
            Self::Utf8 => convert_utf8(bytes, &mut faults),
            Self::Ascii => self.convert_ascii(bytes, &mut faults),
            Self::Latin1 => Ok(bytes.iter().copied().map(char::from).collect()),
            Self::Iso5426 => compose(Iso5426Units::new(bytes), &mut faults),
            Self::Marc8 => {
                let has_halves = options.flags & LIGATURE_HALVES != 0;
                compose(Marc8Units::new(bytes, options.refers(), has_halves), &mut faults)
            }
        }
    }

    fn convert_ascii(self, bytes: &[u8], faults: &mut Faults<'_>) -> Result<String, DecodeError> {
        let mut text = String::with_capacity(bytes.len());
        for (at, &byte) in bytes.iter().enumerate() {
            if byte.is_ascii() {
                text.push(char::from(byte));
            } else {
                let error = DecodeError::new(self, DecodeErrorKind::Undefined, bytes, at..at + 1);
                text.push_str(&faults.replacement(&error)?);
            }
        }
        Ok(text)
    }
}

fn convert_utf8(bytes: &[u8], faults: &mut Faults<'_>) -> Result<String, DecodeError> {
    let mut text = String::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        match utf8(bytes, at) {
            Ok(rest) => {
                text.push_str(rest);
                break;
            }
            Err(error) => {
                let valid = &bytes[at..error.offset()];
                text.push_str(std::str::from_utf8(valid).unwrap_or_default());
                text.push_str(&faults.replacement(&error)?);
                at = error.offset() + error.bytes().len();
            }
        }
    }
    Ok(text)
}

/// Joins the units in Unicode's order.
fn compose<U: Units>(mut units: U, faults: &mut Faults<'_>) -> Result<String, DecodeError> {
    let mut text = Composer::with_capacity(units.input().len() + units.input().len() / 4);
    // Position of the first mark that has no base yet.
    let mut waiting = units.clone();
    loop {
        if !text.has_marks() {
            text.push_plain(units.take_plain());
            waiting.clone_from(&units);
        }
        let Some(unit) = units.next_unit() else { break };
        match unit.kind {
            UnitKind::Base { char, is_stable } => text.push_base(char, is_stable),
            UnitKind::Mark(mark) => text.push_mark(mark),
            UnitKind::Malformed(kind) => {
                text.push_replacement(&faults.replacement(&units.error(kind, &unit))?);
            }
        }
    }
    if text.has_marks() {
        lone_marks(waiting, &mut text, faults)?;
    }
    Ok(text.finish())
}

/// Treats the marks ahead as errors.
fn lone_marks<U: Units>(
    mut units: U,
    text: &mut Composer,
    faults: &mut Faults<'_>,
) -> Result<(), DecodeError> {
    while let Some(unit) = units.next_unit() {
        if let Unit { kind: UnitKind::Mark(_), .. } = unit {
            let error = units.error(DecodeErrorKind::MarkWithoutBase, &unit);
            text.push_replacement(&faults.replacement(&error)?);
        }
    }
    Ok(())
}
