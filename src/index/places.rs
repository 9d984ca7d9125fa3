//! The projection that builds an index: the places and keys of the records of each batch.

use super::entry::{Key, Place};
use crate::{
    parse::{Parsed, Project, What},
    record::Severity,
};
use std::vec::Vec;

/// The projection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Places;

/// The records of a batch.
#[derive(Debug, Default)]
pub(crate) struct Part {
    /// The place of each record. Faults are counted from the start of the batch.
    pub(crate) places: Vec<Place>,
    /// The keys of these records, which are counted from the start of the batch.
    pub(crate) keys: Vec<Key>,
    /// Number of faults.
    pub(crate) faults: u32,
    /// Index of the entry that ends the input: it is something else than MARC.
    pub(crate) fatal: Option<usize>,
}

impl Project for Places {
    type Output = Part;

    fn run(&self, batch: &Parsed<'_>, part: &mut Part) {
        part.places.clear();
        part.keys.clear();
        (part.faults, part.fatal) = (0, None);
        let start = batch.raw.offset();
        let distance = |at: u32| batch.index.distance(at);
        for (at, entry) in batch.entries().iter().enumerate() {
            match &entry.what {
                What::Record { .. } => {
                    let (from, to) = (distance(entry.start), distance(entry.start + entry.length));
                    let view = batch.view_of(entry);
                    if let Some(key) = view.and_then(|record| record.control_number()) {
                        part.keys.push(Key::new(key, part.places.len() as u64));
                    }
                    part.places.push(Place {
                        offset: start + from,
                        length: (to - from) as u32,
                        is_repaired: batch.is_noted(at),
                        faults: part.faults,
                    });
                }
                What::Fault(fault) => {
                    part.faults += 1;
                    if fault.severity() == Severity::Fatal && part.fatal.is_none() {
                        part.fatal = Some(at);
                    }
                }
                _ => {}
            }
        }
    }
}
