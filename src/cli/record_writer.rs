//! An output for records.

use super::{failure::Failure, output::Output, refusal::Refusal, session::Session, shown::counted};
use crate::{
    format::{Document, Format, Note, Placement, WriteError, WriteOptions, Writer},
    parse::BatchRecord,
    record::AsRecord,
};
use std::mem;

/// An output for records, in a format that may not be known before the first record.
pub(super) struct RecordWriter {
    state: State,
    name: String,
    /// The format, once it is known.
    format: Option<Format>,
    options: WriteOptions,
    /// Number of records that are not written whole.
    lossy: u64,
    /// Records that were laid out and are about to be written.
    waiting: Vec<u8>,
}

/// Number of bytes of records that are written at once.
const AT_ONCE: usize = 256 << 10;

/// The output until the first record is written, and then the writer to it.
enum State {
    Waiting(Option<Output>),
    Writing(Box<Writer<Output>>),
}

/// A record in the format of the output, or the reason why it cannot be written.
pub(super) type LaidOut = Result<Laid, Box<Refusal>>;

/// A record in the format of the output.
#[derive(Debug)]
pub(super) struct Laid {
    pub(super) bytes: Vec<u8>,
    /// True if the record is not whole.
    pub(super) is_lossy: bool,
}

impl RecordWriter {
    /// Creates a writer in a format, or in the format of the first input.
    pub(super) fn new(output: Output, format: Option<Format>, options: WriteOptions) -> Self {
        let options = options.compression(output.compression());
        let (name, state) = (output.name().into(), State::Waiting(Some(output)));
        Self { state, name, format, options, lossy: 0, waiting: Vec::new() }
    }

    /// States the format of the input. Without a format of its own, the output has the format of
    /// the first input.
    pub(super) fn begin(&mut self, format: Format) {
        self.format.get_or_insert(format);
    }

    fn writer(&mut self) -> Result<Option<&mut Writer<Output>>, Failure> {
        if let State::Waiting(output) = &mut self.state {
            let format = self.format.unwrap_or(Format::Iso2709);
            let Some(output) = output.take() else { return Ok(None) };
            output.check_terminal(format)?;
            let writer = Writer::with_options(output, format, self.options);
            self.state = State::Writing(Box::new(writer));
        }
        match &mut self.state {
            State::Writing(writer) => Ok(Some(writer)),
            State::Waiting(_) => Ok(None),
        }
    }

    /// Writes a record. One that the format cannot hold is reported. Returns true if the record is
    /// written.
    ///
    /// # Errors
    /// Returns errors of the output.
    pub(super) fn write(
        &mut self,
        record: &BatchRecord<'_>,
        session: &mut Session,
    ) -> Result<bool, Failure> {
        match self.try_write(record, record.notes())? {
            Ok(()) => Ok(true),
            Err(error) => {
                session.refused(&refusal(record, &error));
                Ok(false)
            }
        }
    }

    /// Writes any form of a record, or returns the reason why the format cannot hold it. `read` is
    /// the notes of its reading.
    ///
    /// # Errors
    /// Returns errors of the output.
    pub(super) fn try_write(
        &mut self,
        record: &impl AsRecord,
        read: &[Note],
    ) -> Result<Result<(), WriteError>, Failure> {
        let Some(writer) = self.writer()? else { return Ok(Ok(())) };
        let is_lossy = match writer.write(record) {
            Ok(notes) => has_loss(read) || has_loss(notes),
            Err(error) => return self.failure(&error).map_or(Ok(Err(error)), Err),
        };
        self.lossy += u64::from(is_lossy);
        Ok(Ok(()))
    }

    /// Returns the number of records that are not written whole.
    pub(super) const fn lossy(&self) -> u64 {
        self.lossy
    }

    /// Returns the failure of the output; `None` if only the record cannot be written.
    fn failure(&self, error: &WriteError) -> Option<Failure> {
        Failure::of_write(&self.name, error)
    }

    /// Returns a record as it would be written after others, to be [joined](Self::join).
    pub(super) fn lay_out(&self, record: &BatchRecord<'_>) -> LaidOut {
        let mut bytes = Vec::new();
        self.append(record, &mut bytes).map(|is_lossy| Laid { bytes, is_lossy })
    }

    /// Lays out a record in the place of other bytes, to be [joined](Self::join_later). One that the
    /// format cannot hold is reported. Returns true if the record will be written.
    pub(super) fn lay_out_into(
        &mut self,
        record: &BatchRecord<'_>,
        bytes: &mut Vec<u8>,
        session: &mut Session,
    ) -> bool {
        bytes.clear();
        match self.append(record, bytes) {
            Ok(is_lossy) => {
                self.lossy += u64::from(is_lossy);
                true
            }
            Err(refusal) => {
                session.refused(&refusal);
                false
            }
        }
    }

    /// Appends a record as it would be written after others. Returns true if it is not whole.
    fn append(&self, record: &BatchRecord<'_>, bytes: &mut Vec<u8>) -> Result<bool, Box<Refusal>> {
        let format = self.format.unwrap_or(Format::Iso2709);
        let (mut document, mut notes) = (Document::continued(format, self.options), Vec::new());
        match document.record(record, None, bytes, &mut notes) {
            Ok(Placement::Output) => Ok(has_loss(record.notes()) || has_loss(&notes)),
            Ok(Placement::Diverted(error)) | Err(error) => Err(Box::new(refusal(record, &error))),
        }
    }

    /// Writes a record that was laid out, or reports why it cannot be written.
    ///
    /// # Errors
    /// Returns errors of the output.
    pub(super) fn join(&mut self, laid_out: LaidOut, session: &mut Session) -> Result<(), Failure> {
        let Laid { mut bytes, is_lossy } = match laid_out {
            Ok(laid) => laid,
            Err(refusal) => {
                session.refused(&refusal);
                return Ok(());
            }
        };
        self.lossy += u64::from(is_lossy);
        self.join_all(&mut bytes)
    }

    /// Writes a record that was laid out, at the latest with the commit.
    ///
    /// # Errors
    /// Returns errors of the output.
    pub(super) fn join_later(&mut self, record: &[u8]) -> Result<(), Failure> {
        if self.waiting.len() + record.len() > AT_ONCE {
            self.join_waiting()?;
        }
        self.waiting.extend_from_slice(record);
        Ok(())
    }

    fn join_waiting(&mut self) -> Result<(), Failure> {
        let mut waiting = mem::take(&mut self.waiting);
        self.join_all(&mut waiting)?;
        waiting.clear();
        self.waiting = waiting;
        Ok(())
    }

    /// Writes records that were laid out one after the other. May take their buffer.
    fn join_all(&mut self, records: &mut Vec<u8>) -> Result<(), Failure> {
        let Some(writer) = self.writer()? else { return Ok(()) };
        match writer.join(records, &mut Vec::new()) {
            Ok(()) => Ok(()),
            Err(error) => self.failure(&error).map_or(Ok(()), Err),
        }
    }

    /// Passes on everything to the system, for readers that wait.
    ///
    /// # Errors
    /// Returns errors of the output.
    pub(super) fn push(&mut self) -> Result<(), Failure> {
        let State::Writing(writer) = &mut self.state else { return Ok(()) };
        match writer.flush() {
            Ok(()) => Ok(()),
            Err(error) => self.failure(&error).map_or(Ok(()), Err),
        }
    }

    /// Ends the document, and puts the file in its place.
    ///
    /// # Errors
    /// Returns errors of the output. The old file is then unchanged.
    pub(super) fn commit(self, session: &mut Session) -> Result<(), Failure> {
        self.finish(session)?.map_or(Ok(()), Output::commit)
    }

    /// Ends the document, and returns the output, whose file is not in its place yet.
    ///
    /// # Errors
    /// Returns errors of the output.
    pub(super) fn finish(mut self, session: &mut Session) -> Result<Option<Output>, Failure> {
        if self.lossy > 0 {
            session.find();
            session.console.say(&format!(
                "{}: {} lost content: `tidemarc convert` reports which",
                self.name,
                counted(self.lossy, "record")
            ));
        }
        self.join_waiting()?;
        self.writer()?;
        let State::Writing(writer) = self.state else { return Ok(None) };
        match writer.finish() {
            Ok(output) => Ok(Some(output)),
            Err(error) => Failure::of_write(&self.name, &error).map_or(Ok(None), Err),
        }
    }
}

/// Returns true if a record lost content when it was read or written.
fn has_loss(notes: &[Note]) -> bool {
    notes.iter().any(|note| note.is_loss())
}

/// Returns the refusal of a record that cannot be written.
pub(super) fn refusal(record: &BatchRecord<'_>, error: &WriteError) -> Refusal {
    Refusal::new(record, error, "not written")
}
