//! Encoding of text to bytes.

use super::{
    EncodeError, Encoding, ErrorPolicy,
    char_encoder::{CharEncoder, is_structural},
    iso5426, marc8,
};
use std::borrow::Cow;
use unicode_normalization::{
    UnicodeNormalization as _,
    char::{canonical_combining_class, compose},
};

/// The treatment of a character that the encoding does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum EncodePolicy {
    /// The character is an error.
    #[default]
    Strict,
    /// `&#x`, at least four hexadecimal digits and `;` replace it. The Library of Congress writes
    /// it so in MARC-8 ([lossless
    /// conversion](https://www.loc.gov/marc/specifications/speccharconversion.html)). A `&#x…;`
    /// that was already in the text cannot be distinguished afterwards.
    NumericReference,
    /// `?` replaces it.
    Replace,
    /// The character is left out.
    Ignore,
}

impl From<ErrorPolicy> for EncodePolicy {
    /// Returns the treatment that corresponds to one of undecodable bytes.
    /// [`ErrorPolicy::BackslashReplace`] becomes [`NumericReference`](Self::NumericReference), since
    /// both keep the number of what they replace.
    fn from(policy: ErrorPolicy) -> Self {
        match policy {
            ErrorPolicy::Strict => Self::Strict,
            ErrorPolicy::Replace => Self::Replace,
            ErrorPolicy::Ignore => Self::Ignore,
            ErrorPolicy::BackslashReplace => Self::NumericReference,
        }
    }
}

impl EncodePolicy {
    /// Returns the replacement of a character.
    fn replacement(self, error: EncodeError) -> Result<Cow<'static, str>, EncodeError> {
        Ok(match self {
            Self::Strict => return Err(error),
            Self::NumericReference => format!("&#x{:04X};", u32::from(error.char())).into(),
            Self::Replace => "?".into(),
            Self::Ignore => "".into(),
        })
    }
}

impl Encoding {
    /// Encodes this text: one subfield's value, or one control field.
    ///
    /// In UTF-8, ASCII and ISO 8859-1 the order of the characters is kept. In MARC-8 and ISO 5426
    /// each mark stands before its base, and a letter with marks is decomposed if the sets have it
    /// only in that form. MARC-8 begins and ends with ASCII and ANSEL, and switches sets as rarely
    /// as possible. Text that was decoded from MARC-8 is encoded to bytes that decode to the same
    /// text. They may be other bytes, because 263 characters have several codes.
    ///
    /// ```
    /// use tidemarc::encoding::{EncodePolicy, Encoding};
    ///
    /// let bytes = Encoding::Marc8.encode("Dvořák, Мир", EncodePolicy::Strict)?;
    /// assert_eq!(*bytes, *b"Dvo\xE9r\xE2ak, \x1B(NmIR\x1B(B");
    ///
    /// let bytes = Encoding::Marc8.encode("✓", EncodePolicy::NumericReference)?;
    /// assert_eq!(*bytes, *b"&#x2713;");
    /// # Ok::<(), tidemarc::encoding::EncodeError>(())
    /// ```
    ///
    /// # Errors
    /// Returns the first character that the encoding does not have, if the policy is
    /// [`EncodePolicy::Strict`]. It never fails otherwise.
    pub fn encode(self, text: &str, policy: EncodePolicy) -> Result<Cow<'_, [u8]>, EncodeError> {
        let is_plain = match self {
            Self::Utf8 => true,
            Self::Latin1 | Self::Ascii => text.is_ascii(),
            Self::Marc8 | Self::Iso5426 => {
                text.is_ascii() && !text.bytes().any(|byte| is_structural(char::from(byte)))
            }
        };
        if is_plain {
            return Ok(Cow::Borrowed(text.as_bytes()));
        }
        let bytes = match self {
            Self::Marc8 => encode_clusters(marc8::Encoder::new(), text, policy),
            Self::Iso5426 => encode_clusters(iso5426::Encoder::default(), text, policy),
            Self::Utf8 | Self::Latin1 | Self::Ascii => {
                let limit = if self == Self::Latin1 { 0x100 } else { 0x80 };
                let mut bytes = Vec::with_capacity(text.len());
                for (offset, char) in text.char_indices() {
                    match u8::try_from(u32::from(char)) {
                        Ok(byte) if u32::from(byte) < limit => bytes.push(byte),
                        _ => {
                            let instead = policy.replacement(self.cannot_encode(offset, char))?;
                            bytes.extend_from_slice(instead.as_bytes());
                        }
                    }
                }
                Ok(bytes)
            }
        };
        bytes.map(Cow::Owned)
    }
}

/// Returns true if a character belongs to the cluster of the one before it: a mark, or a vowel or
/// final consonant of Hangul, which NFC composes with the character before it.
fn continues(char: char) -> bool {
    char > '\u{2FF}'
        && (canonical_combining_class(char) != 0 || ('\u{1160}'..='\u{11FF}').contains(&char))
}

fn encode_clusters<T: CharEncoder>(
    mut target: T,
    text: &str,
    policy: EncodePolicy,
) -> Result<Vec<u8>, EncodeError> {
    let mut rest = text;
    // For each first half, true if the last base has it, so that the next base gets the second
    // half.
    let mut open = [false; 2];
    while let Some(first) = rest.chars().next() {
        let after = &rest[first.len_utf8()..];
        let length = first.len_utf8() + after.find(|char| !continues(char)).unwrap_or(after.len());
        let offset = text.len() - rest.len();
        let cluster = Cluster::new(&target, &rest[..length]);
        rest = &rest[length..];
        cluster.write(&mut target, &mut open, |char| {
            policy.replacement(T::ENCODING.cannot_encode(offset, char))
        })?;
    }
    Ok(target.finish())
}

/// Writes the second halves of the marks that the last base left open.
fn close(target: &mut impl CharEncoder, open: [bool; 2]) {
    for ((_, second), is_open) in SPANNING.into_iter().zip(open) {
        if is_open {
            target.put(second);
        }
    }
}

/// A base and its marks, in forms that the encoding has, as far as possible.
struct Cluster {
    base: char,
    marks: Vec<char>,
}

/// The first halves of ligature and double tilde, and their second halves.
const SPANNING: [(char, char); 2] = [('\u{361}', '\u{FE21}'), ('\u{360}', '\u{FE23}')];

impl Cluster {
    fn new(target: &impl CharEncoder, cluster: &str) -> Self {
        let mut chars = cluster.nfc();
        let mut composed = Self { base: chars.next().unwrap_or_default(), marks: chars.collect() };
        match target.find(composed.base) {
            Some(false) => return composed,
            Some(true) => {
                composed.begin_with_base(target);
                return composed;
            }
            None => {}
        }
        let mut chars = cluster.nfd();
        let mut apart = Self { base: chars.next().unwrap_or_default(), marks: Vec::new() };
        for mark in chars {
            // ANSEL has no horn, but it has the letters with a horn.
            match compose(apart.base, mark) {
                Some(whole) if target.find(mark).is_none() && target.find(whole).is_some() => {
                    apart.base = whole;
                }
                _ => apart.marks.push(mark),
            }
        }
        // Hangul that the encoding does not have is not decomposed.
        if target.find(apart.base).is_some() { apart } else { composed }
    }

    /// Chooses a base if there is no letter: a vowel sign that is a mark in Unicode may be a base
    /// here, even if the canonical order has another mark before it.
    fn begin_with_base(&mut self, target: &impl CharEncoder) {
        let is_base = |&mark: &char| target.find(mark) == Some(false);
        if let Some(place) = self.marks.iter().position(is_base) {
            self.marks[..=place].rotate_right(1);
            std::mem::swap(&mut self.base, &mut self.marks[0]);
        }
    }

    /// Writes the marks, then the base, then the replacements of marks that the encoding does not
    /// have. Numeric references to marks come in Unicode's order, after the base; so all marks
    /// after the first reference must be references too, or they would come before it.
    fn write(
        self,
        target: &mut impl CharEncoder,
        open: &mut [bool; 2],
        replacement: impl Fn(char) -> Result<Cow<'static, str>, EncodeError>,
    ) -> Result<(), EncodeError> {
        let closing = std::mem::take(open);
        let base = target.find(self.base);
        // A mark without a base of its own would apply to the next character.
        let is_base = base == Some(false);
        let known = self.marks.iter().take_while(|&&mark| is_base && target.find(mark).is_some());
        let (before, behind) = self.marks.split_at(known.count());
        let instead = if is_base { "".into() } else { replacement(self.base)? };
        if !is_base && instead.is_empty() {
            *open = closing;
        } else {
            close(target, closing);
        }
        if is_base {
            *open = SPANNING.map(|(first, _)| before.contains(&first));
            let (marks, bases): (Vec<char>, Vec<char>) =
                before.iter().partition(|&&mark| target.find(mark) == Some(true));
            marks.iter().for_each(|&mark| target.put(mark));
            target.put(self.base);
            // A vowel sign that is a mark of this base in Unicode is the next base here.
            for base in bases {
                close(target, std::mem::take(open));
                target.put(base);
            }
        } else {
            target.put_ascii(&instead);
        }
        for &mark in behind {
            target.put_ascii(&replacement(mark)?);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
