//! Positions and ranges of positions: of characters in a value, and of repeated fields and
//! subfields.

use std::{fmt, ops::Range};

/// A position or a range, counted from 0. Both ends belong to the range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Positions {
    /// `2`, or `2-5`.
    Between { first: u32, last: u32 },
    /// `2-#`: all from this position on.
    From(u32),
    /// `#-2`: the last one and this many before it. `#` and `#-#` are the last one alone.
    Last { before: u32 },
}

impl Positions {
    /// Returns the selected positions of `count`. The range is empty if there are none.
    pub(super) fn range(self, count: usize) -> Range<usize> {
        match self {
            Self::Between { first, last } => {
                (first as usize).min(count)..(last as usize).saturating_add(1).min(count)
            }
            Self::From(first) => (first as usize).min(count)..count,
            Self::Last { before } => {
                count.saturating_sub((before as usize).saturating_add(1))..count
            }
        }
    }

    /// Returns true if the positions depend on how many there are.
    pub(super) const fn is_from_end(self) -> bool {
        matches!(self, Self::Last { .. })
    }

    /// Returns the selected characters of a text; `None` if there are none.
    pub(super) fn of_text(self, text: &str) -> Option<&str> {
        let bytes = match text.is_ascii() {
            true => self.range(text.len()),
            false => self.bytes_of(text),
        };
        text.get(bytes).filter(|selected| !selected.is_empty())
    }

    /// Returns the offsets of the selected characters.
    fn bytes_of(self, text: &str) -> Range<usize> {
        let mut starts = text.char_indices().map(|(at, _)| at);
        match self {
            Self::Between { first, last } => {
                let Some(start) = starts.nth(first as usize) else { return 0..0 };
                start..starts.nth((last - first) as usize).unwrap_or(text.len())
            }
            Self::From(first) => starts.nth(first as usize).unwrap_or(text.len())..text.len(),
            Self::Last { before } => starts.rev().nth(before as usize).unwrap_or(0)..text.len(),
        }
    }
}

impl fmt::Display for Positions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Between { first, last } if first == last => write!(f, "{first}"),
            Self::Between { first, last } => write!(f, "{first}-{last}"),
            Self::From(first) => write!(f, "{first}-#"),
            Self::Last { before: 0 } => f.write_str("#"),
            Self::Last { before } => write!(f, "#-{before}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [(Positions, &str); 6] = [
        (Positions::Between { first: 1, last: 1 }, "1"),
        (Positions::Between { first: 1, last: 2 }, "1-2"),
        (Positions::From(1), "1-#"),
        (Positions::Last { before: 0 }, "#"),
        (Positions::Last { before: 2 }, "#-2"),
        (Positions::Between { first: 0, last: u32::MAX }, "0-4294967295"),
    ];

    #[test]
    fn characters_are_counted_and_not_bytes() {
        for text in ["", "a", "ab", "abc", "abcd", "é", "éa", "aé中", "é中😀x", "xyzé"] {
            let characters = text.chars().collect::<Vec<_>>();
            for (positions, shown) in ALL {
                let selected: String =
                    characters[positions.range(characters.len())].iter().collect();
                let expected = Some(&*selected).filter(|selected| !selected.is_empty());
                assert_eq!(positions.of_text(text), expected, "{text:?} {shown}");
                assert_eq!(positions.to_string(), shown);
            }
        }
    }

    #[test]
    fn positions_after_the_end_select_nothing() {
        assert_eq!(Positions::Between { first: 3, last: 9 }.range(3), 3..3);
        assert_eq!(Positions::Between { first: 2, last: 9 }.range(3), 2..3);
        assert_eq!(Positions::From(9).range(3), 3..3);
        assert_eq!(Positions::Last { before: u32::MAX }.range(3), 0..3);
    }
}
