//! `tidemarc get`: records by their control numbers.

mod search;

use crate::{
    cli::{
        args::{DAMAGE, Errors, HELP, InputArgs, OutputArgs, READING, encoding, format_parser},
        failure::Failure,
        ids::Ids,
        indexed::{failure, misfit},
        inputs::{Input, Inputs, plain_file},
        output::{Output, format_of},
        record_writer::RecordWriter,
        records::form_of_file,
        same_file::Files,
        session::Session,
        shown::counted,
    },
    encoding::Encoding,
    error::escaped,
    format::{Format, WriteOptions},
    index::{Index, index_path},
};
use search::{Missing, Wanted};
use std::path::{Path, PathBuf};

/// Get records by their control numbers (field 001)
///
/// The records are written in the order of the numbers, and all records with the same number. With
/// an index, which `tidemarc index` makes, they are found at once; without one, the file is read
/// from its start to its end. Blanks at the ends of a number count, except for those of the Library
/// of Congress: 00000002 finds "   00000002 ".
#[derive(Debug, clap::Args)]
#[command(help_template = HELP, before_help = EXAMPLES)]
pub(in crate::cli) struct Args {
    /// File to get records from; `-` is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Control numbers; `@FILE` stands for the lines of a file, and `@-` for those of standard input
    #[arg(value_name = "ID", required_unless_present = "number")]
    ids: Vec<String>,

    /// Number of a record in the file, as in messages; may be given several times
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    number: Vec<u64>,

    #[command(flatten)]
    output: OutputArgs,

    /// Write the control numbers that no record has to FILE, one a line
    #[arg(long, value_name = "FILE")]
    missing: Option<PathBuf>,

    /// Path of the index [default: FILE.tmi]
    #[arg(long, value_name = "INDEX")]
    index: Option<PathBuf>,

    /// Read the file, also if it has an index
    #[arg(long, conflicts_with = "index")]
    no_index: bool,

    /// Treatment of damaged records
    #[arg(long, value_name = "HOW", value_enum, default_value_t, help_heading = DAMAGE)]
    errors: Errors,

    /// Format of the input, if it is not recognised
    #[arg(long, value_name = "FORMAT", value_parser = format_parser(), help_heading = READING)]
    input_format: Option<Format>,

    /// Encoding of the input, if its records state a wrong one: utf-8, marc-8, latin-1, iso-5426
    #[arg(long, value_name = "ENCODING", value_parser = encoding, help_heading = READING)]
    input_encoding: Option<Encoding>,
}

pub(in crate::cli) const EXAMPLES: &str = "\
Examples:
  tidemarc get books.mrc tm000003                 # the record with this 001
  tidemarc get books.mrc tm000007 tm000003 -o two.mrc
  tidemarc select -c 001 books.mrc | tail -n +2 > ids.txt
  tidemarc get books.mrc @ids.txt --to xml        # one number a line
  grep 7 ids.txt | tidemarc get books.mrc @-
  tidemarc get books.mrc --number 5 | tidemarc view
";

/// Number of missing control numbers that are reported line by line.
const MOST_LISTED: usize = 20;

/// Length of a file for which an index is recommended.
const LONG: u64 = 1 << 20;

/// Runs the command.
///
/// # Errors
/// Returns the reason why it ended early.
pub(in crate::cli) fn run(args: Args, session: &mut Session) -> Result<(), Failure> {
    let mut files = Files::default();
    let is_standard = args.file == Path::new("-");
    if is_standard && args.ids.iter().any(|id| id == "@-") {
        return Err(Failure::Usage("standard input can be read only once".into()));
    }
    let input = InputArgs {
        files: vec![args.file.clone()],
        errors: args.errors,
        quarantine: None,
        input_format: args.input_format,
        input_encoding: args.input_encoding,
    };
    let mut inputs = Inputs::new(&input, &mut files, session)?;
    let list = inputs.list();
    let [input] = &list[..] else {
        let reason = format!("{}: name one file", args.file.display());
        return Err(Failure::Usage(reason));
    };
    let index = match input {
        Input::Path(path) if !args.no_index => open_index(&args, path, &inputs, &mut files)?,
        _ => None,
    };
    let wanted = Wanted { ids: Ids::new(&args.ids, &mut files)?, numbers: args.number };
    let format = format_of(args.output.to, args.output.path.as_deref())?;
    let output = Output::open(args.output.path.as_deref(), &mut files)?;
    let missing_to = Output::open_named_report(args.missing.as_deref(), &mut files)?;
    inputs.show_progress(index.is_none() && !output.is_terminal(), session);
    let mut writer = RecordWriter::new(output, format, WriteOptions::new());
    let missing = match &index {
        Some(index) => {
            writer.begin(form_of_file(&args.file, index.format(), &inputs));
            wanted.by_index(index, &args.file, &mut writer, session)?
        }
        None => wanted.by_reading(&mut inputs, &mut writer, session)?,
    };
    session.console.clear();
    if let Input::Path(path) = input
        && index.is_none()
        && is_indexable(path)
    {
        session.console.say(&format!(
            "{0}: the whole file was read; `tidemarc index {0}` makes this faster",
            path.display()
        ));
    }
    if let Some(mut output) = missing_to {
        missing.ids.iter().try_for_each(|id| output.put(&[id, &b"\n"[..]].concat()))?;
        output.commit()?;
    }
    writer.commit(session)?;
    report(&missing, session);
    Ok(())
}

/// Opens the index of a file; `None` if there is none.
fn open_index(
    args: &Args,
    path: &Path,
    inputs: &Inputs,
    files: &mut Files,
) -> Result<Option<Index>, Failure> {
    let target = args.index.clone().unwrap_or_else(|| index_path(path));
    if args.index.is_none() && !target.exists() {
        return Ok(None);
    }
    files.read_path(&target)?;
    let builder = Index::builder().reader(inputs.builder().clone()).index_file(&target);
    let index = builder.open(path).map_err(|error| failure(error, path))?;
    match misfit(&index, args.errors, args.input_format) {
        None => Ok(Some(index)),
        Some(reason) => Err(Failure::Usage(format!(
            "{}: {reason}: make the index again with the same options, or use --no-index",
            target.display()
        ))),
    }
}

/// Returns true for a long file that can have an index.
fn is_indexable(path: &Path) -> bool {
    let is_long = path.metadata().is_ok_and(|about| about.len() > LONG);
    is_long && plain_file(path).is_ok_and(|file| file.is_some())
}

/// Reports what no record has.
fn report(missing: &Missing, session: &mut Session) {
    let ids = missing.ids.iter().map(|id| {
        let id = escaped(&String::from_utf8_lossy(id)).into_owned();
        let hint =
            if Path::new(&id).is_file() { format!(" (a list is @{id})") } else { String::new() };
        format!("no record has the control number {id}{hint}")
    });
    let numbers = missing.numbers.iter().map(|number| format!("there is no sound record {number}"));
    for message in ids.chain(numbers).take(MOST_LISTED) {
        session.find();
        session.console.say(&message);
    }
    let more = (missing.ids.len() + missing.numbers.len()).saturating_sub(MOST_LISTED);
    if more > 0 {
        session.console.say(&format!(
            "{} not found: --missing FILE writes their control numbers",
            counted(more as u64, "more record")
        ));
    }
}
