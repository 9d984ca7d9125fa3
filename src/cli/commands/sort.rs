//! `tidemarc sort`: records in the order of their values.

use crate::{
    cli::{
        args::{HELP, InputArgs, OutputArgs, size},
        failure::{Failure, described},
        inputs::{Input, Inputs},
        output::{Output, format_of},
        record_writer::RecordWriter,
        records::{Flow, Visit, visit_projected},
        same_file::Files,
        session::Session,
        shown::counted,
        sort_key::{KeyPart, Keys, MakeKeys},
        sorter::Sorter,
    },
    error::escaped,
    format::{Format, WriteOptions},
    parse::BatchRecord,
};
use std::{
    env, io, mem,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

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

/// Number of bytes of records that are written at once.
const AT_ONCE: usize = 256 << 10;

/// Runs the command.
///
/// # Errors
/// Returns the reason why it ended early.
pub(in crate::cli) fn run(args: Args, session: &mut Session) -> Result<(), Failure> {
    let mut files = Files::default();
    let mut inputs = Inputs::new(&args.input, &mut files, session)?;
    let format = format_of(args.output.to, args.output.path.as_deref())?;
    let output = Output::open(args.output.path.as_deref(), &mut files)?;
    let folder = temporary_folder(args.tmp, &output)?;
    inputs.show_progress(true, session);
    let memory = usize::try_from(args.memory).unwrap_or(usize::MAX);
    let first = args.by.first().map(|part| part.selector().to_string()).unwrap_or_default();
    let mut sort = Sort {
        writer: RecordWriter::new(output, format, WriteOptions::new()),
        sorter: Sorter::new(folder, memory),
        keys: Keys::default(),
        record: Vec::new(),
        without: 0,
    };
    let keys = MakeKeys::new(args.by, inputs.text());
    visit_projected(&mut inputs, session, &keys, &mut sort)?;
    session.console.clear();
    let without = sort.without;
    sort.finish(session)?;
    if without > 0 {
        session.console.say(&format!("{} without {first}, at the end", counted(without, "record")));
    }
    Ok(())
}

/// Returns the folder for a temporary file: the one that is named, that of `$TMPDIR`, that of the
/// output if it is a file, or that of the system.
///
/// # Errors
/// Fails if the folder is missing, or is not a folder.
pub(in crate::cli) fn temporary_folder(
    named: Option<PathBuf>,
    output: &Output,
) -> Result<PathBuf, Failure> {
    let of_user = || env::var_os("TMPDIR").filter(|name| !name.is_empty()).map(PathBuf::from);
    let of_output = || output.temporary_path()?.parent().map(Path::to_owned);
    let folder = named.or_else(of_user).or_else(of_output).unwrap_or_else(env::temp_dir);
    let checked = folder.metadata().and_then(|about| match about.is_dir() {
        true => Ok(()),
        false => Err(io::ErrorKind::NotADirectory.into()),
    });
    checked.map_err(|error| failure(&folder, &error))?;
    Ok(folder)
}

/// Returns the failure of a temporary file in a folder.
pub(in crate::cli) fn failure(folder: &Path, error: &io::Error) -> Failure {
    let (folder, error) = (folder.display().to_string(), described(error));
    Failure::Io(format!(
        "temporary file in {}: {error}: name another folder with --tmp",
        escaped(&folder)
    ))
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
        let failure = |error: io::Error| failure(&folder, &error);
        let mut sorted = sorter.finish().map_err(failure)?;
        let mut records = Vec::with_capacity(AT_ONCE);
        while let Some((_, record)) = sorted.next().map_err(failure)? {
            if records.len() + record.len() > AT_ONCE {
                writer.join_all(&mut records)?;
                records.clear();
            }
            records.extend_from_slice(record);
        }
        writer.join_all(&mut records)?;
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
            self.without += u64::from(!key.has_first());
            let added = self.sorter.add(key.0, &self.record);
            added.map_err(|error| failure(self.sorter.folder(), &error))?;
        }
        Ok(ControlFlow::Continue(()))
    }
}
