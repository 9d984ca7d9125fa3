//! Decoding one character at a time, without an allocator.

use super::{
    DecodeError, DecodeErrorKind, Encoding, iso5426::Iso5426Units, marc8::Marc8Units, scheme::utf8,
    units::Reordered,
};

/// An iterator over the characters of bytes in some encoding, and over the errors; made by
/// [`Encoding::chars`].
#[derive(Debug, Clone)]
pub struct Chars<'a>(Inner<'a>);

#[derive(Debug, Clone)]
enum Inner<'a> {
    Direct { encoding: Encoding, bytes: &'a [u8], at: usize },
    Marc8(Reordered<Marc8Units<'a>>),
    Iso5426(Reordered<Iso5426Units<'a>>),
}

impl Encoding {
    /// Returns the characters of these bytes, which are one subfield's value or one control field.
    /// Marks come after their base, but nothing is composed: this is neither NFC nor NFD. It
    /// allocates nothing.
    ///
    /// After an error it continues with the bytes after the offending ones.
    ///
    /// ```
    /// use tidemarc::encoding::Encoding;
    ///
    /// let chars = Encoding::Marc8.chars(b"\xE2e").collect::<Result<Vec<_>, _>>();
    /// assert_eq!(chars?, ['e', '\u{301}']);
    /// # Ok::<(), tidemarc::encoding::DecodeError>(())
    /// ```
    #[must_use]
    pub const fn chars(self, bytes: &[u8]) -> Chars<'_> {
        Chars(match self {
            Self::Marc8 => Inner::Marc8(Reordered::new(Marc8Units::new(bytes, false, false))),
            Self::Iso5426 => Inner::Iso5426(Reordered::new(Iso5426Units::new(bytes))),
            encoding => Inner::Direct { encoding, bytes, at: 0 },
        })
    }
}

impl Iterator for Chars<'_> {
    type Item = Result<char, DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            Inner::Marc8(chars) => chars.next(),
            Inner::Iso5426(chars) => chars.next(),
            Inner::Direct { encoding, bytes, at } => {
                let byte = *bytes.get(*at)?;
                let next = match encoding {
                    Encoding::Utf8 => utf8_char(bytes, *at),
                    Encoding::Ascii if !byte.is_ascii() => {
                        let span = *at..*at + 1;
                        let kind = DecodeErrorKind::Undefined;
                        Err(DecodeError::new(*encoding, kind, bytes, span))
                    }
                    _ => Ok(char::from(byte)),
                };
                *at += match (&next, encoding) {
                    (Ok(char), Encoding::Utf8) => char.len_utf8(),
                    (Ok(_), _) => 1,
                    (Err(error), _) => error.bytes().len(),
                };
                Some(next)
            }
        }
    }
}

/// Returns the character that begins at `at`.
fn utf8_char(bytes: &[u8], at: usize) -> Result<char, DecodeError> {
    // No character is longer than four bytes. A second character within them may be cut.
    let four = &bytes[..bytes.len().min(at + 4)];
    match utf8(four, at) {
        Ok(text) => Ok(text.chars().next().unwrap_or_default()),
        Err(error) if error.offset() > at => {
            let text = core::str::from_utf8(&bytes[at..error.offset()]).unwrap_or_default();
            Ok(text.chars().next().unwrap_or_default())
        }
        Err(error) => Err(error),
    }
}
