//! Batches out of a source: on the caller's thread, or through the pipeline.

use super::{options::Options, ranges::Ranges};
use crate::parse::{Batch, Index, ParseStage, Project};
#[cfg(feature = "parallel")]
use crate::pipeline::{Limits, Pipeline, Stage};
use crate::{
    encoding::TextOptions,
    error::InputName,
    pipeline::{NextBatch, Work, run_guarded},
    source::{BatchSource, DEFAULT_CHUNK_SIZE, FillOutcome, Inputs, RawBatch},
};
#[cfg(feature = "parallel")]
use std::time::Instant;
use std::{boxed::Box, collections::VecDeque, io, mem, sync::Arc, time::Duration, vec::Vec};

/// Number of batches that the caller may still hold, in its loop variable or in a view, when the
/// next one comes. They rest here until they are free, and are used again.
const RESTING: usize = 2;

/// A batch, and the output of the projection for it.
pub(super) type Delivery<T> = (Arc<Batch>, T);

#[allow(clippy::large_enum_variant, reason = "there is one a stream")]
enum Mode<P: Project> {
    /// Read, framed and parsed on the caller's thread.
    Inline { source: Box<dyn BatchSource>, spare: Option<(RawBatch, (Index, P::Output))> },
    #[cfg(feature = "parallel")]
    Piped(Pipeline<ParseStage<P>>),
    /// Several ranges at once, each on a thread of its own.
    Ranges(Ranges<P>),
    /// Nothing more will come.
    Over,
}

/// The way from a source to batches in order.
///
/// Every stream begins inline. Only when enough is known to follow, or enough has come already, does
/// it go over to the pipeline, with all that has been read: so a short input never starts a thread.
pub(crate) struct Engine<P: Project = ()> {
    mode: Mode<P>,
    /// The most batches parsed at once; 1 stays inline for ever.
    threads: usize,
    /// Number of bytes that count as a chunk for the start of a thread.
    start_unit: u64,
    /// The shortest time of an inline parse; `None` if the caller has specified the threads.
    #[cfg(feature = "parallel")]
    parse_time: Option<Duration>,
    chunk_size: u64,
    /// How many bytes the input had when it was opened, where that is known.
    total_bytes: Option<u64>,
    /// Number of the next record or fault in the current input.
    next_number: u64,
    /// Number of records and faults in the inputs before.
    earlier: u64,
    /// Number of records and faults that were delivered from all inputs.
    pub(super) settled: u64,
    /// The name of the current input.
    name: Option<InputName>,
    /// The inputs, if there are several.
    pub(super) inputs: Option<Arc<Inputs>>,
    /// Index of the current input: that of the last batch.
    pub(super) input: u32,
    pub(super) text: TextOptions,
    resting: VecDeque<Arc<Batch>>,
    /// Outputs that were given back, to be filled again.
    outputs: Vec<P::Output>,
    /// True if a source may be read again after it failed.
    can_retry: bool,
    /// Wrapper around an inline parse.
    pub(crate) around_parse: AroundParse,
    pub(super) stage: ParseStage<P>,
}

/// Runs its argument, once. Python's readers release the GIL around it where that is worth it.
pub(crate) type AroundParse = Box<dyn FnMut(&mut (dyn FnMut() + Send)) + Send>;

impl<P: Project> Engine<P> {
    pub(crate) fn new(
        source: Box<dyn BatchSource>,
        options: Options,
        total_bytes: Option<u64>,
        can_retry: bool,
        name: Option<InputName>,
        stage: ParseStage<P>,
    ) -> Self {
        let chunk_size = options.chunk_size as u64;
        // If the caller specifies the threads, they start for small chunks too, although these make
        // no thread cheaper.
        let least = if options.threads.is_some() { chunk_size } else { u64::MAX };
        Self {
            mode: Mode::Inline { source, spare: None },
            threads: options.threads(),
            start_unit: least.min(DEFAULT_CHUNK_SIZE as u64),
            #[cfg(feature = "parallel")]
            parse_time: options.threads.is_none().then_some(Duration::MAX),
            chunk_size,
            total_bytes,
            next_number: 1,
            earlier: 0,
            settled: 0,
            name,
            inputs: None,
            input: 0,
            text: options.text,
            resting: VecDeque::with_capacity(RESTING + 1),
            outputs: Vec::new(),
            can_retry,
            around_parse: Box::new(|parse| parse()),
            stage,
        }
    }

    /// The same engine with a projection. To be called before the first batch: what was read before
    /// is dropped.
    pub(crate) fn project<Q: Project>(self, project: Q) -> Engine<Q> {
        let mode = match self.mode {
            Mode::Inline { source, .. } => Mode::Inline { source, spare: None },
            #[cfg(feature = "parallel")]
            Mode::Piped(_) => Mode::Over,
            Mode::Ranges(ranges) => ranges.project().map_or(Mode::Over, Mode::Ranges),
            Mode::Over => Mode::Over,
        };
        Engine {
            mode,
            threads: self.threads,
            start_unit: self.start_unit,
            #[cfg(feature = "parallel")]
            parse_time: self.parse_time,
            chunk_size: self.chunk_size,
            total_bytes: self.total_bytes,
            next_number: self.next_number,
            earlier: self.earlier,
            settled: self.settled,
            name: self.name,
            inputs: self.inputs,
            input: self.input,
            text: self.text,
            resting: self.resting,
            outputs: Vec::new(),
            can_retry: self.can_retry,
            around_parse: self.around_parse,
            stage: self.stage.with(project),
        }
    }

    /// The same engine over the ranges of its input, before the first batch.
    pub(crate) fn of_ranges(self, ranges: Ranges<P>) -> Self {
        Self { mode: Mode::Ranges(ranges), ..self }
    }

    /// Has undamaged padding delivered, also if no records are needed.
    pub(super) fn keep_padding(&mut self) {
        if let Mode::Ranges(ranges) = &mut self.mode {
            ranges.keep_padding();
        }
    }

    /// Sets the inputs, which the source reads one after the other.
    pub(super) fn set_inputs(&mut self, inputs: Arc<Inputs>) {
        self.name = inputs.name(0).cloned();
        self.inputs = Some(inputs);
    }

    /// Returns the name of the current input.
    pub(crate) fn name(&self) -> Option<&InputName> {
        self.name.as_ref()
    }

    /// Gives up the current input. Its batches that are on their way are dropped.
    pub(super) fn give_up_input(&self) {
        if let Some(inputs) = &self.inputs {
            inputs.give_up(self.input);
        }
    }

    /// Returns true if a batch is of an input that was given up.
    fn is_unwanted(&self, raw: &RawBatch) -> bool {
        self.inputs.as_ref().is_some_and(|inputs| !inputs.wants(raw.input))
    }

    /// Moves to another input, whose batch is next.
    #[cold]
    fn turn_to(&mut self, input: u32) {
        (self.earlier, self.next_number, self.input) = (self.settled, 1, input);
        self.name = self.inputs.as_ref().and_then(|inputs| inputs.name(input).cloned());
        self.stage.parse.text.turn_to(input);
    }

    /// Reads no more, and drops the source. Its thread is not waited for.
    pub(crate) fn stop(&mut self) {
        self.mode = Mode::Over;
        self.resting.clear();
    }

    /// The next batch. Waits no longer than `patience`, or as long as it takes; not at all if that is
    /// no time.
    pub(crate) fn next(&mut self, patience: Option<Duration>) -> NextBatch<Delivery<P::Output>> {
        self.recycle();
        #[cfg(feature = "parallel")]
        self.start_pipeline();
        let turn = match &mut self.mode {
            Mode::Over => NextBatch::End,
            #[cfg(feature = "parallel")]
            Mode::Piped(pipeline) => pipeline.next(patience),
            Mode::Ranges(ranges) => ranges.next(&self.stage, patience),
            Mode::Inline { source, spare } => {
                if let Some(input) = source.input() {
                    input.set_waits(patience != Some(Duration::ZERO));
                }
                let (mut raw, output) = mem::take(spare)
                    .map_or((None, None), |(raw, output)| (Some(raw), Some(output)));
                let filled = loop {
                    match source.fill(&mut raw) {
                        Ok(FillOutcome::Pending) if patience.is_none() => {}
                        filled => break filled,
                    }
                };
                match filled {
                    Ok(FillOutcome::Batch(raw)) => {
                        let mut work = Work::new(raw, output.unwrap_or_default());
                        let stage = &self.stage;
                        let mut parsed = Ok(());
                        #[cfg(feature = "parallel")]
                        let begun = Instant::now();
                        (self.around_parse)(&mut || parsed = run_guarded(stage, &mut work));
                        #[cfg(feature = "parallel")]
                        if let Some(shortest) = &mut self.parse_time {
                            *shortest = begun.elapsed().min(*shortest);
                        }
                        parsed.map_or_else(NextBatch::Failed, |()| NextBatch::Batch(work))
                    }
                    Ok(FillOutcome::Pending) => NextBatch::Pending,
                    Ok(FillOutcome::End) => NextBatch::End,
                    Err(error) if self.can_retry => return NextBatch::Failed(error),
                    Err(error) => return self.fail(error),
                }
            }
        };
        match turn {
            NextBatch::Batch(work) if self.is_unwanted(&work.raw) => NextBatch::Pending,
            NextBatch::Batch(work) => self.deliver(work),
            NextBatch::Pending => NextBatch::Pending,
            NextBatch::End => {
                self.mode = Mode::Over;
                NextBatch::End
            }
            NextBatch::Failed(error) => {
                self.mode = Mode::Over;
                NextBatch::Failed(error)
            }
        }
    }

    /// The source failed for good: what it gave before goes out first, then the error.
    fn fail(&mut self, error: io::Error) -> NextBatch<Delivery<P::Output>> {
        let Mode::Inline { mut source, .. } = mem::replace(&mut self.mode, Mode::Over) else {
            return NextBatch::Failed(error);
        };
        let Some(rest) = source.finish() else { return NextBatch::Failed(error) };
        let mut work = Work::new(rest, Default::default());
        if run_guarded(&self.stage, &mut work).is_err() {
            return NextBatch::Failed(error);
        }
        self.mode = Mode::Inline { source: Box::new(Failing(Some(error))), spare: None };
        self.deliver(work)
    }

    fn deliver(&mut self, work: Work<(Index, P::Output)>) -> NextBatch<Delivery<P::Output>> {
        let Work { raw, output: (index, output), .. } = work;
        if raw.input != self.input {
            self.turn_to(raw.input);
        }
        let first_number = self.next_number;
        self.next_number += u64::from(index.numbered);
        let text = if index.is_text { self.text.encoding(None) } else { self.text };
        let earlier = self.inputs.is_some().then_some(self.earlier);
        let name = self.name.clone();
        let batch = Arc::new(Batch { raw, index, first_number, earlier, name, text });
        // There is no memory to use again of one long record, and much to be held on to.
        if !batch.raw.is_long() {
            self.resting.push_back(Arc::clone(&batch));
        }
        NextBatch::Batch((batch, output))
    }

    /// Takes an output back, to be filled again.
    pub(crate) fn give_back(&mut self, output: P::Output) {
        if self.outputs.len() <= RESTING {
            self.outputs.push(output);
        }
    }

    /// Goes over to the pipeline once the input has turned out to be no short one.
    #[cfg(feature = "parallel")]
    fn start_pipeline(&mut self) {
        let Mode::Inline { source, .. } = &mut self.mode else { return };
        if self.threads < 2 || source.input().is_some_and(|input| !input.may_change_thread()) {
            return;
        }
        let read = source.bytes_read();
        let left = self.total_bytes.map_or(0, |total| total.saturating_sub(read));
        let Limits { chunks_known, chunks_read, .. } = self.stage.limits();
        // The shortest parse of several tells more than the first, which finds no memory in the cache.
        let measured = if self.parse_time.is_some() { chunks_known / 4 } else { 0 };
        let begun = read >= self.chunk_size.max(measured * self.start_unit);
        let is_worth_it = begun && left >= chunks_known * self.start_unit
            || read >= chunks_read * self.start_unit;
        if !is_worth_it {
            return;
        }
        let Mode::Inline { mut source, .. } = mem::replace(&mut self.mode, Mode::Over) else {
            return;
        };
        if let Some(input) = source.input() {
            input.set_waits(true);
        }
        self.mode = match Pipeline::start(source, self.stage.clone(), self.threads, self.parse_time)
        {
            Ok(pipeline) => Mode::Piped(pipeline),
            Err(source) => {
                // It goes on without a thread, and does not ask for one again.
                self.threads = 1;
                Mode::Inline { source, spare: None }
            }
        };
    }

    /// Gives back the memory of batches that nobody holds any more.
    fn recycle(&mut self) {
        while self.resting.len() > RESTING {
            let Some(batch) = self.resting.pop_front() else { return };
            let Ok(Batch { raw, index, .. }) = Arc::try_unwrap(batch) else { continue };
            let output = (index, self.outputs.pop().unwrap_or_default());
            match &mut self.mode {
                Mode::Inline { spare, .. } => *spare = Some((raw, output)),
                #[cfg(feature = "parallel")]
                Mode::Piped(pipeline) => pipeline.recycle(raw, output),
                Mode::Ranges(ranges) => ranges.recycle(raw, output),
                Mode::Over => {}
            }
        }
    }
}

/// A source that has failed: it returns its error, once.
struct Failing(Option<io::Error>);

impl BatchSource for Failing {
    fn fill(&mut self, _: &mut Option<RawBatch>) -> io::Result<FillOutcome> {
        self.0.take().map_or(Ok(FillOutcome::End), Err)
    }

    fn finish(&mut self) -> Option<RawBatch> {
        None
    }

    fn bytes_read(&self) -> u64 {
        0
    }
}
