//! `tidemarc sort`: records in the order of their values.

use crate::{
    cli::{
        args::{HELP, InputArgs, OutputArgs, size},
        failure::Failure,
        inputs::{Input, Inputs},
        output::{Output, format_of},
        record_writer::RecordWriter,
        records::{Flow, Visit, visit_projected},
        same_file::Files,
        session::Session,
        shown::counted,
        sort_key::{KeyPart, Keys, MakeKeys},
        sorter::Sorter,
        temporary,
    },
    format::{Format, WriteOptions},
    parse::BatchRecord,
};
use std::{io, mem, ops::ControlFlow, path::PathBuf};

/// Sort records by title, number, date or any other value
///
/// `--by` names the values. Text is compared as catalogues file it: without case, marks and
/// punctuation, and titles without their first article, as their indicator says. Control fields are
/// compared as they are. Records with equal values keep their order, and those without a value are
/// the last.
#[derive(Debug, clap::Args)]
#[command(help_template = HELP, before_help = EXAMPLES)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    input: InputArgs,

    #[command(flatten)]
    output: OutputArgs,

    /// Values to sort by; if they are equal, the next `--by` decides
    ///
    /// Options may follow the selector. `:number` compares the first number in each value,
    /// `:exact` compares values as they are, by code points, and `:reverse` begins with the
    /// greatest: `--by '008/07-10:number:reverse'`. If a record has several values, the first
    /// decides, then the second, and so on.
    #[arg(long, value_name = "SELECTOR[:OPTION]", required = true, value_parser = KeyPart::parse)]
    by: Vec<KeyPart>,

    /// Memory for records: 500000, 100K, 20M, 1G. More are sorted through a temporary file
    #[arg(long, value_name = "N", default_value = "256M", value_parser = size)]
    memory: u64,

    /// Folder for the temporary file [default: $TMPDIR, or the folder of OUT]
    #[arg(long, value_name = "FOLDER")]
    tmp: Option<PathBuf>,
}

pub(in crate::cli) const EXAMPLES: &str = "\
Examples:
  tidemarc sort --by '245$a' books.mrc -o by-title.mrc
  tidemarc sort --by 001 books.mrc -o by-id.mrc
  tidemarc sort --by '008/07-10:number:reverse' --by '245$a' books.mrc -o newest.mrc
  tidemarc sort --by '100$a|110$a|700$a' --by '245$a$b' books.mrc | tidemarc view -n 3
  tidemarc sort --by '245$a' --memory 1G --tmp . books.mrc ascii.mrc -o all.mrc
";

/// Runs the command.
///
/// # Errors
/// Returns the reason why it ended early.
pub(in crate::cli) fn run(args: Args, session: &mut Session) -> Result<(), Failure> {
    let mut files = Files::default();
    let mut inputs = Inputs::new(&args.input, &mut files, session)?;
    let format = format_of(args.output.to, args.output.path.as_deref())?;
    let output = Output::open(args.output.path.as_deref(), &mut files)?;
    let folder = temporary::folder(args.tmp, &output)?;
    inputs.show_progress(true, session);
    let memory = usize::try_from(args.memory).unwrap_or(usize::MAX);
    let first = args.by.first().map(KeyPart::name).unwrap_or_default();
    let mut sort = Sort {
        writer: RecordWriter::new(output, format, WriteOptions::new()),
        sorter: Sorter::new(folder, memory),
        keys: Keys::default(),
        record: Vec::new(),
        without: 0,
    };
    let keys = MakeKeys::for_order(args.by, inputs.text());
    visit_projected(&mut inputs, session, &keys, &mut sort)?;
    session.console.clear();
    let without = sort.without;
    sort.finish(session)?;
    if without > 0 {
        session.console.say(&format!("{} without {first}, at the end", counted(without, "record")));
    }
    Ok(())
}

/// The records, until all are read.
struct Sort {
    writer: RecordWriter,
    sorter: Sorter,
    /// The keys of the records that follow.
    keys: Keys,
    /// The record that is added; kept for its capacity.
    record: Vec<u8>,
    /// Number of records without a value to sort by first.
    without: u64,
}

impl Sort {
    /// Writes the records in their order.
    fn finish(self, session: &mut Session) -> Result<(), Failure> {
        let Self { mut writer, sorter, .. } = self;
        let folder = sorter.folder().to_owned();
        let failure = |error: io::Error| temporary::failure(&folder, &error);
        let mut sorted = sorter.finish().map_err(failure)?;
        while let Some((_, record)) = sorted.next().map_err(failure)? {
            writer.join_later(record)?;
        }
        writer.commit(session)
    }
}

impl Visit<MakeKeys> for Sort {
    fn begin(&mut self, _: &Input, format: Format) -> Result<(), Failure> {
        self.writer.begin(format);
        Ok(())
    }

    fn projected(&mut self, keys: &mut Keys) {
        mem::swap(&mut self.keys, keys);
    }

    fn record(&mut self, record: &BatchRecord<'_>, session: &mut Session) -> Flow {
        let key = self.keys.next();
        if self.writer.lay_out_into(record, &mut self.record, session) {
            self.without += u64::from(!key.has_first);
            let added = self.sorter.add(key.bytes, &self.record);
            added.map_err(|error| temporary::failure(self.sorter.folder(), &error))?;
        }
        Ok(ControlFlow::Continue(()))
    }
}
