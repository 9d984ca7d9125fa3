//! Sets of values for `in @FILE`.

use hashbrown::{DefaultHashBuilder, HashTable};
use memchr::memchr_iter;
use std::{fmt, format, hash::BuildHasher, ops::Range, string::String, sync::Arc, vec::Vec};

/// Values of which one may be equal to a value of a record: the lines of a file.
///
/// The text is kept as it is, with a table of the places of its lines: about ten bytes for each
/// value beside the text. A copy shares both.
///
/// ```
/// use tidemarc::select::ValueSet;
///
/// let values = ValueSet::of_lines(b"ocm01\r\n\r\nocm02\r\nocm01\r\n".to_vec())?;
/// assert_eq!(values.len(), 2);
/// assert!(values.contains("ocm02") && !values.contains("ocm"));
/// # Ok::<(), String>(())
/// ```
#[derive(Clone)]
pub struct ValueSet(Arc<Content>);

struct Content {
    text: String,
    /// Offsets in the text of the first byte of each value.
    starts: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl ValueSet {
    /// Makes the set of the lines of a text in UTF-8. The end of a line is a line feed, perhaps with
    /// a carriage return before it. Lines without a visible character are not values, and neither is
    /// a byte order mark. Other blanks belong to the value.
    ///
    /// # Errors
    /// Returns a message if the text is not UTF-8, or is 4 GiB long or longer.
    pub fn of_lines(text: Vec<u8>) -> Result<Self, String> {
        if u32::try_from(text.len()).is_err() {
            return Err(format!("the text has {} bytes, and at most {} fit", text.len(), u32::MAX));
        }
        let text = String::from_utf8(text).map_err(|error| {
            let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            format!("line {} is not UTF-8", 1 + memchr_iter(b'\n', valid).count())
        })?;
        let ends = || memchr_iter(b'\n', text.as_bytes()).chain([text.len()]);
        let hasher = DefaultHashBuilder::default();
        let mut starts = HashTable::with_capacity(ends().count());
        let hash = |value: &[u8]| hash_of(&hasher, value);
        let bytes = text.as_bytes();
        let mut start = if text.starts_with('\u{FEFF}') { '\u{FEFF}'.len_utf8() } else { 0 };
        for end in ends() {
            let value = without_return(&bytes[start..end]);
            if value.iter().any(|byte| !byte.is_ascii_whitespace()) {
                // Lines begin below 4 GiB.
                let entry = starts.entry(
                    hash(value),
                    |&other| line_at(bytes, other) == value,
                    |&other| hash(line_at(bytes, other)),
                );
                entry.or_insert(start as u32);
            }
            start = end + 1;
        }
        Ok(Self(Arc::new(Content { text, starts, hasher })))
    }

    /// Returns true if the value is in the set.
    #[must_use]
    pub fn contains(&self, value: &str) -> bool {
        let Content { text, starts, hasher } = &*self.0;
        let (bytes, value) = (text.as_bytes(), value.as_bytes());
        let is_same =
            |&start: &u32| is_line_at(bytes, start as usize..start as usize + value.len(), value);
        starts.find(hash_of(hasher, value), is_same).is_some()
    }

    /// Returns the number of different values.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.starts.len()
    }

    /// Returns true if there are no values.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

fn hash_of(hasher: &DefaultHashBuilder, value: &[u8]) -> u64 {
    hasher.hash_one(value)
}

fn without_return(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Returns the value that begins at this offset.
fn line_at(text: &[u8], start: u32) -> &[u8] {
    let rest = &text[start as usize..];
    let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
    without_return(&rest[..end])
}

/// Returns true if the line at this place is the value.
fn is_line_at(text: &[u8], place: Range<usize>, value: &[u8]) -> bool {
    let end = place.end;
    text.get(place) == Some(value)
        && match text.get(end) {
            None | Some(b'\n') => true,
            Some(b'\r') => matches!(text.get(end + 1), None | Some(b'\n')),
            Some(_) => false,
        }
}

impl PartialEq for ValueSet {
    fn eq(&self, other: &Self) -> bool {
        let (own, others) = (&self.0, &other.0);
        Arc::ptr_eq(own, others)
            || self.len() == other.len()
                && own.starts.iter().all(|&start| {
                    str::from_utf8(line_at(own.text.as_bytes(), start))
                        .is_ok_and(|value| other.contains(value))
                })
    }
}

impl Eq for ValueSet {}

impl fmt::Debug for ValueSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ValueSet({} values)", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(text: &str) -> ValueSet {
        ValueSet::of_lines(text.into()).unwrap()
    }

    #[test]
    fn a_line_is_a_value_and_the_end_of_a_line_is_not() {
        for text in
            ["a\nb", "a\nb\n", "a\r\nb\r\n", "\u{FEFF}a\nb", "\n\na\n \t\r\n\nb\r", "b\na\na\nb"]
        {
            let values = set(text);
            assert_eq!(values.len(), 2, "{text:?}");
            assert!(values.contains("a") && values.contains("b"), "{text:?}");
            for other in ["", "a\r", "a\n", "a\nb", " ", "ab", "\u{FEFF}a", "A"] {
                assert!(!values.contains(other), "{text:?} {other:?}");
            }
        }
        assert!(set("").is_empty() && set("\r\n \n").is_empty());
    }

    #[test]
    fn blanks_and_returns_inside_a_line_belong_to_the_value() {
        let values = set("  85000002 \na\rb\nc\r\r\n");
        for value in ["  85000002 ", "a\rb", "c\r"] {
            assert!(values.contains(value), "{value:?}");
        }
        for value in ["85000002", "a", "c", "c\r\r"] {
            assert!(!values.contains(value), "{value:?}");
        }
    }

    #[test]
    fn a_value_is_found_among_many() {
        let text = (0..20_000).map(|number| format!("id{number}\n")).collect::<String>();
        let values = set(&text);
        assert_eq!(values.len(), 20_000);
        assert!((0..20_000).all(|number| values.contains(&format!("id{number}"))));
        assert!((20_000..40_000).all(|number| !values.contains(&format!("id{number}"))));
    }

    #[test]
    fn text_that_is_not_utf8_is_refused_with_its_line() {
        let refused = ValueSet::of_lines(b"a\nb\nc\xE9\nd".to_vec()).unwrap_err();
        assert_eq!(refused, "line 3 is not UTF-8");
    }

    #[test]
    fn sets_of_the_same_values_are_equal() {
        assert_eq!(set("a\nb"), set("b\r\na\r\na"));
        assert_ne!(set("a\nb"), set("a\nc"));
        assert_ne!(set("a\nb"), set("a"));
    }
}
