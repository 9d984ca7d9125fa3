//! The parse stage: the index of each batch, and then its projection.

use super::{
    index::{Index, Parse},
    project::{Parsed, Project},
};
use crate::{
    pipeline::{Limits, Stage},
    source::RawBatch,
};

/// The stage that indexes batches, and then projects what it has indexed.
#[derive(Debug, Clone, Default)]
pub(crate) struct ParseStage<P = ()> {
    pub(crate) parse: Parse,
    pub(crate) project: P,
}

impl<P> ParseStage<P> {
    /// Returns the same stage with another projection.
    pub(crate) fn with<Q>(self, project: Q) -> ParseStage<Q> {
        ParseStage { parse: self.parse, project }
    }
}

impl<P: Project> Stage for ParseStage<P> {
    type Output = (Index, P::Output);

    fn run(&self, raw: &RawBatch, (index, output): &mut Self::Output) {
        index.fill(raw, &self.parse);
        if let Some(sieve) = &self.parse.sieve {
            index.sift(raw, sieve);
        }
        self.project.run(&Parsed { raw, index }, output);
    }

    fn limits(&self) -> Limits {
        match &self.parse.sieve {
            Some(_) => Limits::expensive(),
            None => self.project.limits(),
        }
    }
}
