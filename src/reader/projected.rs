//! The Rust face of a projection.

use super::rust::Reader;
use crate::{
    error::Error,
    parse::{Batch, Project, Stats},
    stream::Batches,
};
use std::fmt;

/// A stream of batches and of what a [`Project`] makes of each, in the order of the input. Made by
/// [`Reader::project`].
pub struct Projected<P: Project> {
    pub(super) batches: Batches<P>,
    /// The output that is shared with the caller.
    output: Option<P::Output>,
}

impl Reader {
    /// Gives the reader a projection: work on each batch right after it was parsed, on the thread
    /// that parsed it. See [`Project`].
    ///
    /// It must be a reader from which nothing was read yet. With any other, the first batch is an
    /// error.
    pub fn project<P: Project>(self, project: P) -> Projected<P> {
        Projected { batches: self.stream.project(project), output: None }
    }
}

impl<P: Project> Projected<P> {
    /// Returns the next batch and the output of the projection for it, until the next call; `None`
    /// at the end. The output is filled again afterwards, unless it is [taken](std::mem::take).
    ///
    /// # Errors
    /// Those of [`Reader::next_batch`].
    pub fn next_batch(&mut self) -> Result<Option<(&Batch, &mut P::Output)>, Error> {
        if let Some(output) = self.output.take() {
            self.batches.give_back(output);
        }
        let Some(output) = self.batches.next_whole()? else { return Ok(None) };
        let output = self.output.insert(output);
        Ok(self.batches.current().map(|batch| (&**batch, output)))
    }

    /// Ends the reading here, and returns the counts: see [`Reader::finish`].
    ///
    /// # Errors
    /// If the quarantine cannot be written.
    pub fn finish(mut self) -> Result<Stats, Error> {
        self.batches.end()
    }

    /// Returns the counts of what was delivered so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.batches.stats()
    }
}

impl<P: Project> fmt::Debug for Projected<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Projected").field("stats", &self.stats()).finish_non_exhaustive()
    }
}
