//! The limit on the ratio of data to compressed bytes.

use std::fmt;

/// Number of bytes of data that are always allowed.
const GRACE: u64 = 1 << 20;

/// Number of compressed bytes after which the limit rises. The limit inside such a slice does not
/// depend on the sizes of reads.
const SLICE: u64 = 4 << 10;

/// The largest number of bytes of data for each compressed byte.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ratio(Option<u64>);

impl Ratio {
    /// Creates a limit; `None` for no limit.
    pub(crate) const fn new(most: Option<u64>) -> Self {
        Self(most)
    }

    /// Returns true if this much data may come from that many compressed bytes.
    pub(super) fn allows(self, made: u64, used: u64) -> bool {
        made <= self.most(used)
    }

    /// Returns the largest number of bytes of data that may come from that many compressed bytes.
    pub(super) fn most(self, used: u64) -> u64 {
        self.0.map_or(u64::MAX, |most| most.saturating_mul(used).max(GRACE))
    }

    /// Returns the largest numbers of compressed bytes to read and of bytes to make in one step.
    pub(super) fn limits(self, made: u64, used: u64) -> (usize, usize) {
        let Some(most) = self.0 else { return (usize::MAX, usize::MAX) };
        let end = (used / SLICE + 1) * SLICE;
        let room = most.saturating_mul(end).max(GRACE).saturating_sub(made);
        let size = |number| usize::try_from(number).unwrap_or(usize::MAX);
        (size(end - used), size(room))
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let most = self.0.unwrap_or(u64::MAX);
        write!(f, "{most} bytes of data for each compressed byte, the limit that was set")
    }
}
