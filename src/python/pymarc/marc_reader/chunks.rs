//! Records as pymarc reads them from a file: five bytes that state the length, then the rest.

use super::PymarcItem;
use crate::{
    parse::{Batch, What},
    pipeline::NextBatch,
    python::{
        batch_handle::BatchHandle,
        driver::{Driver, Open, next_batch},
        gil::exclusive::Guard,
        pymarc::text_proof::TextProof,
        record::int,
    },
    record::RECORD_TERMINATOR,
    stream::Batches,
};
use pyo3::{exceptions::PyValueError, intern, prelude::*, types::PyBytes};
use std::sync::Arc;

/// Number of bytes that state the length of a record.
const LENGTH_DIGITS: usize = 5;

/// The reason why a chunk is not a record.
pub(super) enum Ending {
    /// The exception with this name, after which pymarc stops reading.
    Fatal(&'static str),
    /// An exception that `next()` raises.
    Raise(PyErr),
}

const LENGTH_INVALID: Ending = Ending::Fatal("RecordLengthInvalid");
const TRUNCATED: Ending = Ending::Fatal("TruncatedRecord");
const NO_END: Ending = Ending::Fatal("EndOfRecordNotFound");

/// The position in a stream.
pub(super) struct Cursor {
    /// Index of the first entry of the current batch that begins at or after `place`.
    entry: usize,
    /// Offset of the next byte in the current batch.
    place: usize,
    /// Offset of the current batch, in bytes from the start of the input.
    offset: u64,
    /// The bytes of an unfinished chunk, which an interrupted wait leaves here. At first they are
    /// those that were taken before the stream began; they are no part of the offset.
    taken: Vec<u8>,
    /// True if a file of this type refuses to read a negative number of bytes other than -1.
    refuses_negative: bool,
}

impl Cursor {
    pub(super) fn new(refuses_negative: bool, taken: &[u8]) -> Self {
        Self { entry: 0, place: 0, offset: 0, taken: taken.to_vec(), refuses_negative }
    }

    pub(super) const fn position(&self) -> u64 {
        self.offset + self.place as u64
    }

    /// Moves to the start of a batch that begins at `offset`.
    const fn begin(&mut self, offset: u64) {
        (self.entry, self.place, self.offset) = (0, 0, offset);
    }

    /// Keeps the position, without a batch.
    const fn leave_batch(&mut self) {
        self.begin(self.position());
    }

    /// Moves to the first entry that begins at or after `place`.
    fn align(&mut self, batch: &Batch) {
        let entries = batch.entries();
        while entries.get(self.entry).is_some_and(|entry| (entry.start as usize) < self.place) {
            self.entry += 1;
        }
    }

    /// Moves past the next entry if it begins here and `is_wanted`, and returns its index.
    #[inline]
    fn pass_entry(&mut self, batch: &Batch, is_wanted: impl Fn(&What) -> bool) -> Option<usize> {
        let at = self.entry;
        let entry = batch.entries().get(at)?;
        if entry.start as usize != self.place || !is_wanted(&entry.what) {
            return None;
        }
        self.entry += 1;
        self.place = entry.range().end;
        Some(at)
    }
}

type PymarcDriver = Driver<Cursor, TextProof>;
type Inside<'a> = Guard<'a, Open<Cursor, TextProof>>;

#[inline]
const fn is_record(what: &What) -> bool {
    matches!(what, What::Record { .. })
}

fn current(open: &Inside<'_>) -> Option<Arc<Batch>> {
    open.stream.as_ref().and_then(Batches::current).cloned()
}

#[inline]
fn framed(py: Python<'_>, open: &mut Inside<'_>, at: usize) -> PyResult<PymarcItem> {
    Ok(open.handle(py)?.map_or(PymarcItem::End, |handle| PymarcItem::Framed(handle, at)))
}

/// Returns the next item.
#[inline]
pub(super) fn next(py: Python<'_>, driver: &PymarcDriver, recover: bool) -> PyResult<PymarcItem> {
    let mut open = driver.enter(py)?;
    let inside = &mut *open;
    if let Some(batch) = inside.stream.as_ref().and_then(Batches::current)
        && inside.own.taken.is_empty()
        && let Some(at) = inside.own.pass_entry(batch, is_record)
    {
        return framed(py, &mut open, at);
    }
    let met = match recover {
        true => next_recovered(py, driver, &mut open),
        false => next_slowly(py, driver, &mut open),
    };
    driver.leave(py, open, met)
}

/// Moves to the next batch. Returns false at the end.
fn turn(py: Python<'_>, driver: &PymarcDriver, open: &mut Inside<'_>) -> PyResult<bool> {
    // Many batches without a record may follow, so signal handlers get their turn. If one raises,
    // or the wait does, the position stays at the end of the old batch.
    py.check_signals()?;
    match driver.wait(py, open, next_batch)? {
        NextBatch::Batch((batch, proofs)) => {
            open.own.begin(batch.offset());
            open.set_handle(BatchHandle::with_proofs(py, batch, proofs)?);
            Ok(true)
        }
        NextBatch::Failed(error) => {
            open.own.leave_batch();
            Err(driver.failure(py, error))
        }
        NextBatch::End | NextBatch::Pending => {
            open.own.leave_batch();
            Ok(false)
        }
    }
}

#[cold]
fn next_slowly(
    py: Python<'_>,
    driver: &PymarcDriver,
    open: &mut Inside<'_>,
) -> PyResult<PymarcItem> {
    while open.own.taken.is_empty() {
        // Only the batch may be at its end.
        if let Some(batch) = current(open).filter(|batch| open.own.place < batch.as_bytes().len()) {
            open.own.align(&batch);
            match open.own.pass_entry(&batch, is_record) {
                Some(at) => return framed(py, open, at),
                None => break,
            }
        }
        if !turn(py, driver, open)? {
            return Ok(PymarcItem::End);
        }
    }
    take_chunk(py, driver, open)
}

/// Takes a chunk, by the lengths by which pymarc reads a file.
fn take_chunk(
    py: Python<'_>,
    driver: &PymarcDriver,
    open: &mut Inside<'_>,
) -> PyResult<PymarcItem> {
    take(py, driver, open, LENGTH_DIGITS)?;
    let ending = match open.own.taken.first_chunk::<LENGTH_DIGITS>().copied() {
        None if open.own.taken.is_empty() => return Ok(PymarcItem::End),
        None => Some(TRUNCATED),
        Some(digits) => match stated_length(py, &digits, open.own.refuses_negative) {
            Err(ending) => Some(ending),
            Ok(length) => {
                let is_all = length < LENGTH_DIGITS as i64;
                let wanted = if is_all { usize::MAX } else { length.unsigned_abs() as usize };
                take(py, driver, open, wanted)?;
                judge(&open.own.taken, length)
            }
        },
    };
    if let Some(batch) = current(open) {
        open.own.align(&batch);
    }
    let chunk = std::mem::take(&mut open.own.taken);
    Ok(match ending {
        Some(ending) => PymarcItem::Broken(chunk, ending),
        None => PymarcItem::Chunk(chunk),
    })
}

/// Returns the length that a record states, or pymarc's answer to digits that state none.
fn stated_length(py: Python<'_>, digits: &[u8], refuses_negative: bool) -> Result<i64, Ending> {
    let length =
        int(py, digits, false).map_err(|error| match error.is_instance_of::<PyValueError>(py) {
            true => LENGTH_INVALID,
            false => Ending::Raise(error),
        })?;
    if refuses_negative && length - (LENGTH_DIGITS as i64) < -1 {
        let complaint = PyValueError::new_err("read length must be non-negative or -1");
        return Err(Ending::Raise(complaint));
    }
    Ok(length)
}

/// Returns true if these bytes are a chunk that pymarc decodes.
pub(super) fn is_chunk(py: Python<'_>, bytes: &[u8]) -> bool {
    let digits = bytes.first_chunk::<LENGTH_DIGITS>();
    let length = digits.and_then(|digits| stated_length(py, digits, true).ok());
    length == Some(bytes.len() as i64) && judge(bytes, bytes.len() as i64).is_none()
}

/// Returns the fault that pymarc finds in a chunk before it decodes it.
fn judge(chunk: &[u8], length: i64) -> Option<Ending> {
    if (chunk.len() as i64) < length {
        Some(TRUNCATED)
    } else if chunk.last() != Some(&RECORD_TERMINATOR) {
        Some(NO_END)
    } else {
        None
    }
}

/// Takes bytes until the chunk has `wanted` bytes, or the input ends.
fn take(
    py: Python<'_>,
    driver: &PymarcDriver,
    open: &mut Inside<'_>,
    wanted: usize,
) -> PyResult<()> {
    loop {
        let inside = &mut **open;
        if let Some(batch) = inside.stream.as_ref().and_then(Batches::current) {
            let bytes = batch.as_bytes();
            let missing = wanted.saturating_sub(inside.own.taken.len());
            let end = inside.own.place.saturating_add(missing).min(bytes.len());
            inside.own.taken.extend_from_slice(&bytes[inside.own.place..end]);
            inside.own.place = end;
        }
        if inside.own.taken.len() >= wanted || !turn(py, driver, open)? {
            return Ok(());
        }
    }
}

/// Returns the next record or fault as tidemarc frames them.
#[cold]
fn next_recovered(
    py: Python<'_>,
    driver: &PymarcDriver,
    open: &mut Inside<'_>,
) -> PyResult<PymarcItem> {
    loop {
        if let Some(batch) = current(open) {
            while let Some(at) = open.own.pass_entry(&batch, |_| true) {
                let entry = &batch.entries()[at];
                match entry.what {
                    What::Record { .. } => return framed(py, open, at),
                    What::Fault(_) => {
                        return Ok(batch.error(at).map_or(PymarcItem::End, PymarcItem::Fault));
                    }
                    _ => {}
                }
            }
        }
        if !turn(py, driver, open)? {
            return Ok(PymarcItem::End);
        }
    }
}

/// The first bytes of a record whose rest could not be read: the file, the bytes, and the file's
/// position after them, if it has one.
pub(super) type Head<'py> = (Bound<'py, PyAny>, Bound<'py, PyBytes>, Option<Bound<'py, PyAny>>);

/// Returns the next item directly from a file object, and reads no more bytes than pymarc. `show`
/// receives the bytes as soon as they are read. If the second read raises, `keep` receives the
/// result of the first. The caller passes it as `kept` the next time, and it is used if the
/// position of the file is still the same.
pub(super) fn next_of_file<'py>(
    file: &Bound<'py, PyAny>,
    kept: Option<Head<'py>>,
    keep: impl FnOnce(Head<'py>),
    show: impl Fn(&Bound<'_, PyBytes>),
) -> PyResult<PymarcItem> {
    let py = file.py();
    let read = |count: i64| -> PyResult<Vec<u8>> {
        let piece = file.call_method1(intern!(py, "read"), (count,))?;
        Ok(piece.cast::<PyBytes>()?.as_bytes().to_vec())
    };
    let tell = || file.call_method0(intern!(py, "tell")).ok();
    let stands_there = |(of, _, stood): &Head<'py>| match (tell(), stood) {
        (Some(stands), Some(stood)) => of.is(file) && stands.eq(stood).unwrap_or(false),
        (stands, stood) => of.is(file) && stands.is_none() && stood.is_none(),
    };
    let mut chunk = match kept.filter(stands_there) {
        Some((_, head, _)) => head.as_bytes().to_vec(),
        None => read(LENGTH_DIGITS as i64)?,
    };
    show(&PyBytes::new(py, &chunk));
    if chunk.is_empty() {
        return Ok(PymarcItem::End);
    }
    if chunk.len() < LENGTH_DIGITS {
        return Ok(PymarcItem::Broken(chunk, TRUNCATED));
    }
    let length = match stated_length(py, &chunk, false) {
        Ok(length) => length,
        Err(ending) => return Ok(PymarcItem::Broken(chunk, ending)),
    };
    match read(length - LENGTH_DIGITS as i64) {
        Ok(rest) => chunk.extend(rest),
        Err(error) => {
            keep((file.clone(), PyBytes::new(py, &chunk), tell()));
            return Err(error);
        }
    }
    Ok(match judge(&chunk, length) {
        Some(ending) => PymarcItem::Broken(chunk, ending),
        None => PymarcItem::Chunk(chunk),
    })
}
