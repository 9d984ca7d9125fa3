//! Several inputs that are read as one: their names, the ways to open them, and the source that
//! reads one after the other.

use super::{
    BatchSource, FileId, FillOutcome, Helpers, InUse, Input, RawBatch, ReadOutcome,
    open::{Opened, Recognise, open_path},
};
use crate::error::InputName;
use std::{
    boxed::Box,
    fmt, fs, io,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    vec::Vec,
};

/// Number of inputs without a batch after which the caller gets control.
const TURNS: u32 = 32;

/// Opens an input, from its first byte on.
pub(crate) type Open = Box<dyn Fn(Option<Recognise>) -> io::Result<Opened> + Send + Sync>;

/// One of several inputs: a name, and a way to open it.
pub(crate) struct NamedInput {
    pub(crate) name: InputName,
    pub(crate) open: Open,
    /// Number of its bytes after decompression, if it is known.
    pub(crate) length: Option<u64>,
    /// Number of its bytes if it is compressed, and that is known.
    pub(crate) compressed_length: Option<u64>,
    /// The file, if it has contents to lose.
    pub(crate) file: Option<FileId>,
    /// True if a read of it never waits for other programs.
    pub(crate) is_regular: bool,
}

impl NamedInput {
    /// Checks that a path can be read, and examines its head to learn its length. Also returns the
    /// open file if it is a zip archive. A FIFO or a device is not opened: that would take the place
    /// of its reader.
    ///
    /// # Errors
    /// Returns errors of the operating system: no such file, no permission, a directory.
    pub(crate) fn path(
        path: &Path,
        is_packed: Option<Recognise>,
    ) -> io::Result<(Self, Option<fs::File>)> {
        let name = InputName::from(path);
        let metadata = fs::metadata(path)?;
        if metadata.is_file() || metadata.is_dir() {
            let opened = open_path(path, 0, is_packed)?;
            let Opened { length, compressed_length, archive, file, .. } = opened;
            let open = by_path(&name);
            let input = Self { open, name, length, compressed_length, file, is_regular: true };
            return Ok((input, archive));
        }
        #[cfg(unix)]
        {
            use rustix::fs::{Access, AtFlags, CWD, accessat};
            accessat(CWD, path, Access::READ_OK, AtFlags::EACCESS)?;
        }
        let file = FileId::of_path(path);
        let open = by_path(&name);
        let (length, compressed_length, is_regular) = (None, None, false);
        Ok((Self { open, name, length, compressed_length, file, is_regular }, None))
    }
}

/// Returns the function that opens the file of which the name is the path.
fn by_path(name: &InputName) -> Open {
    let name = name.clone();
    Box::new(move |is_packed| open_path(name.as_path(), 0, is_packed))
}

impl fmt::Debug for NamedInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("NamedInput").field(&self.name).finish()
    }
}

/// The inputs of a stream, and the state that both ends of the stream share.
#[derive(Debug)]
pub(crate) struct Inputs {
    pub(crate) all: Vec<NamedInput>,
    /// Index of the first input that the consumer still wants. It gives up an input that is foreign
    /// or has too many faults.
    wanted: AtomicU32,
}

impl Inputs {
    /// Collects inputs.
    ///
    /// # Errors
    /// If there are more of them than 32 bits can number.
    pub(crate) fn new(all: Vec<NamedInput>) -> io::Result<Self> {
        if u32::try_from(all.len()).is_err() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "too many inputs"));
        }
        Ok(Self { all, wanted: AtomicU32::new(0) })
    }

    /// Returns the sum of the lengths, if all are known.
    pub(crate) fn total_bytes(&self) -> Option<u64> {
        self.all.iter().map(|input| input.length).sum()
    }

    /// Returns the sum of the compressed lengths, if all inputs are compressed and these are known.
    pub(crate) fn compressed_bytes(&self) -> Option<u64> {
        self.all.iter().map(|input| input.compressed_length).sum()
    }

    /// Returns the name of the input with this index.
    pub(crate) fn name(&self, input: u32) -> Option<&InputName> {
        self.all.get(input as usize).map(|input| &input.name)
    }

    /// Returns true if no read waits for another program.
    pub(crate) fn is_regular(&self) -> bool {
        self.all.iter().all(|input| input.is_regular)
    }

    /// Gives up this input. Its batches that are on their way are not wanted either.
    pub(crate) fn give_up(&self, input: u32) {
        self.wanted.store(input + 1, Ordering::Relaxed);
    }

    /// Returns true if a batch of this input is wanted.
    pub(crate) fn wants(&self, input: u32) -> bool {
        input >= self.wanted.load(Ordering::Relaxed)
    }
}

/// Makes the source of one opened input.
type MakeSource = Box<dyn FnMut(u32, Opened) -> io::Result<Box<dyn BatchSource>> + Send>;

/// The source of several inputs. It opens each when its turn comes, and closes it before the next.
///
/// A batch has bytes of one input, and its index. An input that cannot be opened or read any further
/// ends with a batch that has the error; then the next one follows. So the error is delivered in its
/// place, whatever thread has read it.
pub(crate) struct InputSequence {
    inputs: Arc<Inputs>,
    make: MakeSource,
    is_packed: Option<Recognise>,
    /// Index of the current input.
    at: u32,
    /// The source of the current input, while it is open.
    current: Option<Box<dyn BatchSource>>,
    /// The use of the current file, if it is not the one that was there in the beginning.
    in_use: Option<InUse>,
    /// End of the last batch in the current input.
    offset: u64,
    /// Bytes that were read from the inputs before.
    bytes_read: u64,
    waits: bool,
    helpers: Option<Helpers>,
}

impl InputSequence {
    pub(crate) fn new(
        inputs: Arc<Inputs>,
        is_packed: Option<Recognise>,
        make: impl FnMut(u32, Opened) -> io::Result<Box<dyn BatchSource>> + Send + 'static,
    ) -> Self {
        Self {
            inputs,
            make: Box::new(make),
            is_packed,
            at: 0,
            current: None,
            in_use: None,
            offset: 0,
            bytes_read: 0,
            waits: true,
            helpers: None,
        }
    }

    /// Opens the current input.
    fn open(&mut self) -> io::Result<()> {
        let input = &self.inputs.all[self.at as usize];
        let opened = (input.open)(self.is_packed)?;
        if opened.file != input.file {
            self.in_use = opened.file.clone().map(InUse::reading);
        }
        let mut source = (self.make)(self.at, opened)?;
        if let Some(input) = source.input() {
            input.set_waits(self.waits);
            input.set_helpers(self.helpers.clone());
        }
        self.current = Some(source);
        Ok(())
    }

    /// Moves to the next input. Returns the source of the one before.
    fn advance(&mut self) -> Option<Box<dyn BatchSource>> {
        let source = self.current.take();
        self.in_use = None;
        self.bytes_read += source.as_ref().map_or(0, |source| source.bytes_read());
        self.at += 1;
        source
    }

    /// Ends the current input with an error, after the bytes that were read.
    #[cold]
    fn fail(&mut self, error: io::Error) -> RawBatch {
        let (input, offset) = (self.at, self.offset);
        let rest = self.advance().and_then(|mut source| source.finish());
        match rest {
            Some(raw) => RawBatch { input, failure: Some(error), ..raw },
            None => RawBatch { input, ..RawBatch::failed(offset, error) },
        }
    }
}

impl BatchSource for InputSequence {
    fn fill(&mut self, spare: &mut Option<RawBatch>) -> io::Result<FillOutcome> {
        // Many inputs may be empty, and signals and the stopper are waiting.
        for _ in 0..TURNS {
            if self.at as usize == self.inputs.all.len() {
                return Ok(FillOutcome::End);
            }
            if !self.inputs.wants(self.at) {
                self.advance();
                continue;
            }
            let Some(source) = &mut self.current else {
                // The system cannot open a file without a wait.
                if !self.waits {
                    return Ok(FillOutcome::Pending);
                }
                self.offset = 0;
                match self.open() {
                    Ok(()) => continue,
                    Err(error) => return Ok(FillOutcome::Batch(self.fail(error))),
                }
            };
            match source.fill(spare) {
                Ok(FillOutcome::Batch(raw)) => {
                    self.offset = raw.offset() + raw.input_length();
                    return Ok(FillOutcome::Batch(RawBatch { input: self.at, ..raw }));
                }
                Ok(FillOutcome::Pending) => return Ok(FillOutcome::Pending),
                Ok(FillOutcome::End) => drop(self.advance()),
                Err(error) => return Ok(FillOutcome::Batch(self.fail(error))),
            }
        }
        Ok(FillOutcome::Pending)
    }

    /// Returns nothing: no error of this source is final.
    fn finish(&mut self) -> Option<RawBatch> {
        None
    }

    fn input(&mut self) -> Option<&mut dyn Input> {
        Some(self)
    }

    fn bytes_read(&self) -> u64 {
        self.bytes_read + self.current.as_ref().map_or(0, |source| source.bytes_read())
    }
}

/// The part of an input that decides about threads and waits.
impl Input for InputSequence {
    fn read(&mut self, _: &mut [u8]) -> io::Result<ReadOutcome> {
        Err(io::Error::other("several inputs are read batch by batch"))
    }

    fn may_change_thread(&mut self) -> bool {
        true
    }

    /// Returns true if no input may wait for another program. The others have no stopper: their
    /// waits are short.
    fn may_be_shared(&mut self) -> bool {
        self.inputs.is_regular()
    }

    fn set_helpers(&mut self, helpers: Option<Helpers>) {
        self.helpers.clone_from(&helpers);
        if let Some(input) = self.current.as_mut().and_then(|source| source.input()) {
            input.set_helpers(helpers);
        }
    }

    fn set_waits(&mut self, waits: bool) {
        self.waits = waits;
        if let Some(input) = self.current.as_mut().and_then(|source| source.input()) {
            input.set_waits(waits);
        }
    }
}
