//! The merge of sorted runs.

use super::run::RunReader;
use crate::output::Scratch;
use std::{
    cmp::Reverse,
    collections::{BinaryHeap, binary_heap::PeekMut},
    io,
    ops::Range,
};

/// Smallest and largest number of bytes of a run in memory, unless an item is longer.
const AT_ONCE: Range<usize> = 4 << 10..1 << 20;

/// Items of several runs, in one order.
pub(crate) struct Merge {
    scratch: Scratch,
    runs: Vec<RunReader>,
    /// The first key of each run that has any, with the number of the run: of two equal keys, that
    /// of the earlier run is first.
    heads: BinaryHeap<Reverse<(Vec<u8>, usize)>>,
    /// True once the first item was delivered.
    has_begun: bool,
}

impl Merge {
    /// Begins to merge the runs at these places. So much memory is used.
    ///
    /// # Errors
    /// Returns errors of the operating system.
    pub(super) fn new(
        scratch: Scratch,
        places: Vec<Range<u64>>,
        memory: usize,
    ) -> io::Result<Self> {
        let at_once = (memory / places.len().max(1)).clamp(AT_ONCE.start, AT_ONCE.end);
        let mut runs: Vec<_> =
            places.into_iter().map(|place| RunReader::new(place, at_once)).collect();
        let mut heads = BinaryHeap::with_capacity(runs.len());
        for (at, run) in runs.iter_mut().enumerate() {
            if run.advance(&scratch)? {
                heads.push(Reverse((run.item().0.to_vec(), at)));
            }
        }
        Ok(Self { scratch, runs, heads, has_begun: false })
    }

    /// Returns the key and the value of the next item.
    ///
    /// # Errors
    /// Returns errors of the operating system.
    pub(super) fn next(&mut self) -> io::Result<Option<(&[u8], &[u8])>> {
        if self.has_begun {
            self.pass_first()?;
        }
        self.has_begun = true;
        let first = self.heads.peek();
        Ok(first.map(|Reverse((_, at))| self.runs[*at].item()))
    }

    /// Puts the next item of a run in the place of the first of all.
    fn pass_first(&mut self) -> io::Result<()> {
        let Some(mut head) = self.heads.peek_mut() else { return Ok(()) };
        let run = &mut self.runs[head.0.1];
        if run.advance(&self.scratch)? {
            let key = &mut head.0.0;
            key.clear();
            key.extend_from_slice(run.item().0);
        } else {
            PeekMut::pop(head);
        }
        Ok(())
    }

    /// Returns the temporary file.
    pub(super) fn into_scratch(self) -> Scratch {
        self.scratch
    }
}
