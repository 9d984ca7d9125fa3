//! Sets of values for `in @FILE`.
//!
//! A set is the text of the file and a table of the places of its lines. A place is in the slot of
//! its hash, or in the next free one after it. A slot also has the hash, so other lines are hardly
//! ever compared.
//!
//! A table of a million values is larger than the caches of a core. So the places are first divided
//! by their hashes into parts of the table that are not, and then each part is filled.

use super::composed::composed;
use foldhash::fast::RandomState;
use memchr::{memchr, memchr_iter};
use std::{borrow::Cow, fmt, format, hash::BuildHasher, string::String, sync::Arc, vec, vec::Vec};

/// Values of which one may be equal to a value of a record: the lines of a file.
///
/// The text is kept as it is, with a table of the places of its lines: twelve bytes for each line
/// beside the text, and eight more while it is made. A copy shares both.
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
    /// At least one slot is free.
    slots: Vec<Slot>,
    len: usize,
    hasher: RandomState,
}

/// A slot of the table: zero if it is free. Otherwise its upper half is the hash of a line, and its
/// lower half the offset of the line in the text, plus one.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Slot(u64);

impl Slot {
    const FREE: Self = Self(0);

    const fn new(hash: u32, start: u32) -> Self {
        Self((hash as u64) << 32 | (start as u64 + 1))
    }

    const fn hash(self) -> u32 {
        (self.0 >> 32) as u32
    }

    const fn start(self) -> usize {
        (self.0 as u32 - 1) as usize
    }
}

/// Number of parts into which a table is divided while it is filled.
const PARTS: usize = 64;

impl ValueSet {
    /// Makes the set of the lines of a text in UTF-8. The end of a line is a line feed, perhaps with
    /// a carriage return before it. Blanks at the ends of a line do not count. Empty lines are not
    /// values, and neither is a byte order mark. The text is composed (Unicode NFC), as the values are
    /// that a filter compares.
    ///
    /// # Errors
    /// Returns a message if the text is not UTF-8, or is 4 GiB long or longer.
    pub fn of_lines(text: Vec<u8>) -> Result<Self, String> {
        let most = u32::MAX as usize - 1;
        if text.len() > most {
            return Err(format!("the text has {} bytes, and at most {most} fit", text.len()));
        }
        let text = String::from_utf8(text).map_err(|error| {
            let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            format!("line {} is not UTF-8", 1 + memchr_iter(b'\n', valid).count())
        })?;
        let text = match composed(&text) {
            Cow::Borrowed(_) => text,
            Cow::Owned(composed) => composed,
        };
        let hasher = RandomState::default();
        let lines = 1 + memchr_iter(b'\n', text.as_bytes()).count();
        let mut parts: [Vec<Slot>; PARTS] =
            std::array::from_fn(|_| Vec::with_capacity(lines / PARTS + lines / (8 * PARTS)));
        let mut start = if text.starts_with('\u{FEFF}') { '\u{FEFF}'.len_utf8() } else { 0 };
        for end in memchr_iter(b'\n', text.as_bytes()).chain([text.len()]) {
            let line = text.as_bytes()[start..end].trim_ascii_start();
            let value = line.trim_ascii_end();
            if !value.is_empty() {
                let (hash, begin) = (hash_of(&hasher, value), end - line.len());
                parts[hash as usize >> (32 - PARTS.ilog2())].push(Slot::new(hash, begin as u32));
            }
            start = end + 1;
        }
        let slots = vec![Slot::FREE; lines + lines / 2 + 1];
        let mut content = Content { text, slots, len: 0, hasher };
        parts.into_iter().flatten().for_each(|slot| content.insert(slot));
        Ok(Self(Arc::new(content)))
    }

    /// Returns true if the value is in the set. Blanks at its ends do not count. It must be composed.
    #[must_use]
    pub fn contains(&self, value: &str) -> bool {
        let (text, value) = (self.0.text.as_bytes(), value.as_bytes().trim_ascii());
        let is_same = |slot: Slot| is_line_at(text, slot.start(), value);
        self.0.find(hash_of(&self.0.hasher, value), is_same).is_ok()
    }

    /// Returns the number of different values.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len
    }

    /// Returns true if there are no values.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn values(&self) -> impl Iterator<Item = &str> {
        let used = self.0.slots.iter().filter(|slot| **slot != Slot::FREE);
        used.filter_map(|slot| str::from_utf8(self.0.line_at(slot.start())).ok())
    }
}

impl Content {
    /// Returns the slot with this hash for which `is_same` is true. If there is none, returns the free
    /// slot for it.
    fn find(&self, hash: u32, is_same: impl Fn(Slot) -> bool) -> Result<usize, usize> {
        let count = self.slots.len();
        // The order of the slots is that of the hashes.
        let mut at = ((u64::from(hash) * count as u64) >> 32) as usize;
        loop {
            match self.slots[at] {
                Slot::FREE => return Err(at),
                slot if slot.hash() == hash && is_same(slot) => return Ok(at),
                _ => at = if at + 1 == count { 0 } else { at + 1 },
            }
        }
    }

    fn insert(&mut self, slot: Slot) {
        // The text is examined only if the hashes are equal.
        let is_same = |other: Slot| self.line_at(other.start()) == self.line_at(slot.start());
        if let Err(free) = self.find(slot.hash(), is_same) {
            self.slots[free] = slot;
            self.len += 1;
        }
    }

    /// Returns the value that begins at this offset.
    fn line_at(&self, start: usize) -> &[u8] {
        let rest = &self.text.as_bytes()[start..];
        let end = memchr(b'\n', rest).unwrap_or(rest.len());
        rest[..end].trim_ascii_end()
    }
}

fn hash_of(hasher: &RandomState, value: &[u8]) -> u32 {
    (hasher.hash_one(value) >> 32) as u32
}

/// Returns true if the line that begins at this offset is the value.
fn is_line_at(text: &[u8], start: usize, value: &[u8]) -> bool {
    let Some(rest) = text[start..].strip_prefix(value) else { return false };
    let rest = rest.iter().find(|byte| !byte.is_ascii_whitespace() || **byte == b'\n');
    rest.is_none_or(|byte| *byte == b'\n')
}

impl PartialEq for ValueSet {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
            || self.len() == other.len() && self.values().all(|value| other.contains(value))
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
            for other in ["", "a\nb", " ", "ab", "\u{FEFF}a", "A"] {
                assert!(!values.contains(other), "{text:?} {other:?}");
            }
        }
        assert!(set("").is_empty() && set("\r\n \n").is_empty());
    }

    #[test]
    fn blanks_and_returns_inside_a_line_belong_to_the_value_and_those_at_its_ends_do_not() {
        let values = set("  85000002 \na\rb\nc\r\r\n\td e\x0c\n");
        for value in ["  85000002 ", "85000002", "a\rb", "c\r", "c", "d e", "d e   "] {
            assert!(values.contains(value), "{value:?}");
        }
        for value in ["85000002x", "a", "b", "ab", "c\r\r\nd e", "d", "de", "d  e", "", " "] {
            assert!(!values.contains(value), "{value:?}");
        }
    }

    #[test]
    fn the_lines_are_composed() {
        let values = set("Ange\u{301}lique\nM\u{e9}xico\n");
        assert!(values.contains("Ang\u{e9}lique") && values.contains("M\u{e9}xico"));
        assert_eq!(values.len(), 2);
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
