//! `tidemarc cat`: records of one or more files, joined.

use crate::{
    cli::{
        args::{HELP, InputArgs, OutputArgs, WhereArgs},
        failure::Failure,
        filter,
        inputs::{Input, Inputs},
        output::{Output, format_of},
        record_writer::{LaidOut, RecordWriter},
        records::{Flow, Visit, visit},
        same_file::Files,
        sample::Sample,
        session::Session,
    },
    format::{Format, WriteOptions},
    parse::BatchRecord,
};
use std::{ops::ControlFlow, path::PathBuf};

/// Join files, or take some of their records
///
/// Records that are not damaged are written byte for byte, unless the format changes.
#[derive(Debug, clap::Args)]
#[command(help_template = HELP, before_help = EXAMPLES)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    input: InputArgs,

    #[command(flatten)]
    only: WhereArgs,

    #[command(flatten)]
    output: OutputArgs,

    /// Leave out the first N records
    #[arg(long, value_name = "N", default_value_t = 0)]
    skip: u64,

    /// Write at most N records
    #[arg(long, value_name = "N")]
    limit: Option<u64>,

    /// Write N records, chosen at random, in their order
    #[arg(long, value_name = "N", conflicts_with = "limit")]
    sample: Option<usize>,

    /// Number that decides which records are chosen: the same number chooses the same records
    #[arg(long, value_name = "S", default_value_t = 0, requires = "sample")]
    seed: u64,

    /// Write the same records to FILE too
    #[arg(long, value_name = "FILE")]
    tee: Option<PathBuf>,
}

pub(in crate::cli) const EXAMPLES: &str = "\
Examples:
  tidemarc cat books.mrc ascii.mrc -o all.mrc     # join two files
  tidemarc cat --limit 10 books.mrc -o first.mrc  # the first ten records
  tidemarc cat --skip 10 --limit 5 books.mrc -o some.mrc
  tidemarc cat --sample 20 --seed 7 books.mrc -o sample.mrc
  tidemarc cat books.mrc --tee copy.mrc | tidemarc count
";

/// Runs the command.
///
/// # Errors
/// Returns the reason why it ended early.
pub(in crate::cli) fn run(args: Args, session: &mut Session) -> Result<(), Failure> {
    let mut files = Files::default();
    let mut inputs = Inputs::new(&args.input, &mut files, session)?;
    filter::apply(&args.only, &mut inputs, &mut files)?;
    let format = format_of(args.output.to, args.output.path.as_deref())?;
    let tee_format = format_of(args.output.to, args.tee.as_deref())?;
    let output = Output::open(args.output.path.as_deref(), &mut files)?;
    let tee = args.tee.as_deref().map(|path| Output::open(Some(path), &mut files)).transpose()?;
    inputs.show_progress(!output.is_terminal(), session);
    let mut writers = vec![RecordWriter::new(output, format, WriteOptions::new())];
    writers
        .extend(tee.map(|tee| RecordWriter::new(tee, tee_format.or(format), WriteOptions::new())));
    let mut cat = Cat {
        writers,
        skip: args.skip,
        left: args.limit.unwrap_or(u64::MAX),
        sample: args.sample.map(|size| Sample::new(size, args.seed)),
    };
    if cat.left > 0 {
        visit(&mut inputs, session, &mut cat)?;
    }
    let Cat { mut writers, sample, .. } = cat;
    for record in sample.map(Sample::into_records).unwrap_or_default() {
        for (writer, laid_out) in writers.iter_mut().zip(record) {
            writer.join(laid_out, session)?;
        }
    }
    session.console.clear();
    writers.into_iter().try_for_each(|writer| writer.commit(session))
}

/// The records that are taken, and their outputs.
struct Cat {
    writers: Vec<RecordWriter>,
    /// Number of records that are still to be left out.
    skip: u64,
    /// Number of records that are still to be written at most.
    left: u64,
    /// The chosen records, each laid out for every output.
    sample: Option<Sample<Vec<LaidOut>>>,
}

impl Visit for Cat {
    fn begin(&mut self, _: &Input, format: Format) -> Result<(), Failure> {
        self.writers.iter_mut().for_each(|writer| writer.begin(format));
        Ok(())
    }

    fn record(&mut self, record: &BatchRecord<'_>, session: &mut Session) -> Flow {
        if self.skip > 0 {
            self.skip -= 1;
            return Ok(ControlFlow::Continue(()));
        }
        if let Some(sample) = &mut self.sample {
            let writers = &self.writers;
            sample.offer(|| writers.iter().map(|writer| writer.lay_out(record)).collect());
            return Ok(ControlFlow::Continue(()));
        }
        for writer in &mut self.writers {
            writer.write(record, session)?;
        }
        self.left -= 1;
        Ok(if self.left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    }

    fn rest(&mut self) -> Result<(), Failure> {
        self.writers.iter_mut().try_for_each(RecordWriter::push)
    }
}
