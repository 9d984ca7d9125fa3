//! The common part of the encodings with combining marks: their characters in the order of the
//! bytes, with marks before the character that they combine with, and the way from there to
//! Unicode's order.

use super::{DecodeError, DecodeErrorKind, Encoding};

/// One character, or one run of undecodable bytes, from `start` to `end` of the bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unit {
    pub(super) kind: UnitKind,
    pub(super) start: usize,
    pub(super) end: usize,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum UnitKind {
    /// A character that marks combine with. NFC never changes a stable one, whatever its neighbours
    /// are.
    Base { char: char, is_stable: bool },
    /// A combining mark that belongs to the next base.
    Mark(char),
    /// One to four bytes that are not a character.
    Malformed(DecodeErrorKind),
}

/// A cursor over bytes that yields units. A copy of it continues from the same place.
pub(super) trait Units: Clone {
    const ENCODING: Encoding;

    fn input(&self) -> &[u8];

    /// Returns the next unit, or `None` at the end.
    fn next_unit(&mut self) -> Option<Unit>;

    /// Skips the bytes ahead that are ASCII text, and returns them.
    fn take_plain(&mut self) -> &[u8];

    fn error(&self, kind: DecodeErrorKind, unit: &Unit) -> DecodeError {
        DecodeError::new(Self::ENCODING, kind, self.input(), unit.start..unit.end)
    }
}

/// The characters in Unicode's order, each mark after its base. Marks are not buffered but read
/// twice, so any number of them needs no allocator.
#[derive(Debug, Clone)]
pub(super) struct Reordered<U> {
    units: U,
    /// The position of the first mark that still has no base.
    waiting: Option<U>,
    replay: Option<Replay<U>>,
}

/// The marks between a position and a base, or the end.
#[derive(Debug, Clone)]
struct Replay<U> {
    units: U,
    end: usize,
    has_base: bool,
}

impl<U: Units> Reordered<U> {
    pub(super) const fn new(units: U) -> Self {
        Self { units, waiting: None, replay: None }
    }

    fn next_mark(&mut self) -> Option<Result<char, DecodeError>> {
        let replay = self.replay.as_mut()?;
        while let Some(unit) = replay.units.next_unit()
            && unit.start < replay.end
        {
            if let UnitKind::Mark(char) = unit.kind {
                return Some(if replay.has_base {
                    Ok(char)
                } else {
                    Err(replay.units.error(DecodeErrorKind::MarkWithoutBase, &unit))
                });
            }
        }
        self.replay = None;
        None
    }
}

impl<U: Units> Iterator for Reordered<U> {
    type Item = Result<char, DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(mark) = self.next_mark() {
                return Some(mark);
            }
            let before = self.units.clone();
            match self.units.next_unit() {
                None => {
                    let units = self.waiting.take()?;
                    self.replay = Some(Replay { units, end: usize::MAX, has_base: false });
                }
                Some(Unit { kind: UnitKind::Mark(_), .. }) => {
                    self.waiting.get_or_insert(before);
                }
                Some(Unit { kind: UnitKind::Base { char, .. }, start, .. }) => {
                    let waiting = self.waiting.take();
                    self.replay = waiting.map(|units| Replay { units, end: start, has_base: true });
                    return Some(Ok(char));
                }
                Some(unit @ Unit { kind: UnitKind::Malformed(kind), .. }) => {
                    return Some(Err(self.units.error(kind, &unit)));
                }
            }
        }
    }
}
