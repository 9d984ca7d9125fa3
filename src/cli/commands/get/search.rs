//! The search for records by their control numbers or by their numbers in the file.

use crate::{
    cli::{
        failure::Failure,
        ids::{Ids, rank, spellings},
        indexed::failure,
        inputs::{Input, Inputs},
        record_writer::{Laid, RecordWriter},
        records::{Flow, Visit, visit},
        session::Session,
        spill::Spill,
    },
    format::Format,
    index::{Candidates, Index, IndexError},
    parse::{Batch, BatchRecord},
};
use std::{collections::HashMap, ops::ControlFlow, path::Path};

/// The records to get: first by control number, then by number in the file.
pub(super) struct Wanted {
    pub(super) ids: Ids,
    pub(super) numbers: Vec<u64>,
}

/// The control numbers and the numbers of records that were not found.
pub(super) struct Missing {
    pub(super) ids: Vec<Vec<u8>>,
    pub(super) numbers: Vec<u64>,
}

impl Wanted {
    /// Writes the records by an index.
    ///
    /// # Errors
    /// Fails if the index is damaged, if the file was changed, or if the output cannot be written.
    pub(super) fn by_index(
        &self,
        index: &Index,
        path: &Path,
        writer: &mut RecordWriter,
        session: &mut Session,
    ) -> Result<Missing, Failure> {
        let in_index = |error: IndexError| failure(error, path);
        let mut missing = Missing { ids: Vec::new(), numbers: Vec::new() };
        for id in self.ids.list() {
            let mut is_found = false;
            for key in spellings(id) {
                let mut candidates = Candidates::of(index, &key).map_err(in_index)?;
                while let Some(batch) = index.next_match(&mut candidates, &key).map_err(in_index)? {
                    is_found = true;
                    write(&batch, writer, session)?;
                }
                if is_found {
                    break;
                }
            }
            if !is_found {
                missing.ids.push(id.clone());
            }
        }
        for number in &self.numbers {
            match index.at_number(*number).map_err(in_index)? {
                Some(at) => write(&index.batch(at).map_err(in_index)?, writer, session)?,
                None => missing.numbers.push(*number),
            }
        }
        Ok(missing)
    }

    /// Writes the records of a file that is read from its start to its end.
    ///
    /// # Errors
    /// Returns errors of the input and of the output.
    pub(super) fn by_reading(
        &self,
        inputs: &mut Inputs,
        writer: &mut RecordWriter,
        session: &mut Session,
    ) -> Result<Missing, Failure> {
        let mut numbers = HashMap::<_, Vec<_>>::new();
        for (at, number) in self.numbers.iter().enumerate() {
            numbers.entry(*number).or_default().push(self.ids.list().len() + at);
        }
        let last = if self.ids.list().is_empty() { self.numbers.iter().max() } else { None };
        let mut search = Search {
            ids: self.ids.list(),
            by_core: self.ids.by_core(),
            numbers,
            last: last.copied().unwrap_or(u64::MAX),
            writer,
            hits: Vec::new(),
            spill: Spill::default(),
        };
        visit(inputs, session, &mut search)?;
        let Search { mut hits, spill, .. } = search;
        hits.sort_unstable();
        let mut is_found = vec![false; self.ids.list().len() + self.numbers.len()];
        for hits in hits.chunk_by(|one, other| one.wanted == other.wanted) {
            // As in an index, only the best spelling counts.
            for hit in hits.iter().filter(|hit| hit.rank == hits[0].rank) {
                is_found[hit.wanted] = true;
                let Some((offset, length)) = hit.place else { continue };
                let bytes = spill.read(offset, length)?;
                writer.join(Ok(Laid { bytes, is_lossy: hit.is_lossy }), session)?;
            }
        }
        let (ids, rest) = is_found.split_at(self.ids.list().len());
        Ok(Missing { ids: unfound(self.ids.list(), ids), numbers: unfound(&self.numbers, rest) })
    }
}

/// Returns the things that were not found.
fn unfound<T: Clone>(things: &[T], is_found: &[bool]) -> Vec<T> {
    let all = things.iter().zip(is_found);
    all.filter(|(_, is_found)| !**is_found).map(|(thing, _)| thing.clone()).collect()
}

/// Writes the record of a batch.
fn write(batch: &Batch, writer: &mut RecordWriter, session: &mut Session) -> Result<(), Failure> {
    for record in batch.records() {
        session.repairs(&record);
        writer.write(&record, session)?;
    }
    Ok(())
}

/// The search through a whole file. The records are kept until the end, because they are written in
/// the order in which they are asked for.
struct Search<'a> {
    ids: &'a [Vec<u8>],
    by_core: HashMap<&'a [u8], Vec<usize>>,
    numbers: HashMap<u64, Vec<usize>>,
    /// Number of the last record that is of interest.
    last: u64,
    writer: &'a mut RecordWriter,
    hits: Vec<Hit>,
    spill: Spill,
}

/// A record that was found. Hits are in the order in which they are written.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Hit {
    /// Place among all that is wanted.
    wanted: usize,
    /// Rank of the spelling by which it was found.
    rank: u8,
    /// Offset and length of the bytes to write in the spill; `None` if they cannot be written.
    place: Option<(u64, usize)>,
    is_lossy: bool,
}

impl Search<'_> {
    /// Returns what a record is wanted for, with the rank of each.
    fn uses(&self, record: &BatchRecord<'_>) -> Vec<(usize, u8)> {
        let key = record.view().control_number();
        let places = key.and_then(|key| self.by_core.get(key.trim_ascii()));
        let by_id = places.into_iter().flatten().filter_map(|at| {
            let rank = rank(&self.ids[*at], key.unwrap_or_default())?;
            Some((*at, rank))
        });
        let by_number = self.numbers.get(&record.number()).into_iter().flatten();
        by_id.chain(by_number.map(|at| (*at, 0))).collect()
    }
}

impl Visit for Search<'_> {
    fn begin(&mut self, _: &Input, format: Format) -> Result<(), Failure> {
        self.writer.begin(format);
        Ok(())
    }

    fn record(&mut self, record: &BatchRecord<'_>, session: &mut Session) -> Flow {
        if record.number() > self.last {
            return Ok(ControlFlow::Break(()));
        }
        let uses = self.uses(record);
        if uses.is_empty() {
            return Ok(ControlFlow::Continue(()));
        }
        let (place, is_lossy) = match self.writer.lay_out(record) {
            Ok(Laid { bytes, is_lossy }) => {
                (Some((self.spill.append(&bytes)?, bytes.len())), is_lossy)
            }
            Err(reason) => {
                session.refused(&reason);
                (None, false)
            }
        };
        let hits = uses.into_iter().map(|(wanted, rank)| Hit { wanted, rank, place, is_lossy });
        self.hits.extend(hits);
        Ok(ControlFlow::Continue(()))
    }
}
