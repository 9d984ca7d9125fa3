//! `tidemarc index`: index files, by which `get` finds records at once.

use crate::{
    cli::{
        args::{DAMAGE, Errors, HELP, InputArgs, READING, format_parser},
        failure::Failure,
        indexed::{failure, misfit},
        inputs::{Input, Inputs},
        interrupt::Unfinishing,
        output::Output,
        same_file::Files,
        session::Session,
        shown::counted,
    },
    error::{escaped, quoted},
    format::Format,
    index::{Build, Index, index_path},
};
use std::{
    path::{Path, PathBuf},
    task::Poll,
};

/// Make an index of a file, by which `get` finds a record at once
///
/// The index of `books.mrc` is `books.mrc.tmi` beside it. It belongs to the file as it is now: make
/// it again after each change. An index that is up to date is kept. A compressed file must be BGZF,
/// which `bgzip` and `-o books.mrc.bgz` write.
#[derive(Debug, clap::Args)]
#[command(help_template = HELP, before_help = EXAMPLES)]
pub(in crate::cli) struct Args {
    /// Files to index, each with an index of its own
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    /// Path of the index, for one file [default: FILE.tmi]
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,

    /// Make the index also if it is up to date
    #[arg(long)]
    force: bool,

    /// Treatment of damaged records
    #[arg(long, value_name = "HOW", value_enum, default_value_t, help_heading = DAMAGE)]
    errors: Errors,

    /// Format of the input, if it is not recognised
    #[arg(long, value_name = "FORMAT", value_parser = format_parser(), help_heading = READING)]
    input_format: Option<Format>,
}

pub(in crate::cli) const EXAMPLES: &str = "\
Examples:
  tidemarc index books.mrc                        # makes books.mrc.tmi
  tidemarc index books.mrc ascii.mrc              # an index for each file
  tidemarc index --force books.mrc                # also if it is up to date
  tidemarc index --errors repair books-damaged.mrc
";

/// Runs the command.
///
/// # Errors
/// Returns the reason why it ended early.
pub(in crate::cli) fn run(args: Args, session: &mut Session) -> Result<(), Failure> {
    let mut files = Files::default();
    let Args { output: target, force, errors, input_format, .. } = args;
    let input = InputArgs {
        files: args.files,
        errors,
        quarantine: None,
        input_format,
        input_encoding: None,
    };
    let mut inputs = Inputs::new(&input, &mut files, session)?;
    let mut paths = Vec::new();
    for input in inputs.list() {
        let Input::Path(path) = input else {
            let reason = "standard input cannot have an index: name a file";
            return Err(Failure::Usage(reason.into()));
        };
        let target = target.clone().unwrap_or_else(|| index_path(&path));
        files.write_path(&target)?;
        paths.push((path, target));
    }
    let mut output = Output::open(None, &mut files)?;
    inputs.show_progress(true, session);
    for (path, target) in paths {
        let work = Work { path: &path, target: &target, errors, format: input_format };
        let kept = if force { None } else { work.kept(&inputs) };
        let is_kept = kept.is_some();
        let index = match kept.map_or_else(|| work.build(&inputs), Ok) {
            Ok(index) => index,
            Err(failure) if errors == Errors::Strict => return Err(failure),
            Err(Failure::Fault(error)) => {
                session.fault(&error);
                continue;
            }
            Err(Failure::Refused(reason)) => {
                session.find();
                session.console.say(&reason);
                continue;
            }
            Err(Failure::Io(reason)) => {
                session.unreadable(&reason);
                continue;
            }
            Err(failure) => return Err(failure),
        };
        if index.faults() > 0 {
            session.find();
            session.console.say(&format!(
                "{}: {} not in the index: `tidemarc check` shows why",
                path.display(),
                counted(index.faults(), "damaged span")
            ));
        }
        let line = shown(&index, is_kept, session.console.is_json());
        output.put(line.as_bytes())?;
    }
    session.console.clear();
    output.commit()
}

/// A file, and the index that is made of it.
struct Work<'a> {
    path: &'a Path,
    target: &'a Path,
    errors: Errors,
    format: Option<Format>,
}

impl Work<'_> {
    /// Returns the index that is up to date, if there is one with the same options.
    fn kept(&self, inputs: &Inputs) -> Option<Index> {
        let builder = Index::builder().reader(inputs.builder().clone()).index_file(self.target);
        let index = builder.open(self.path).ok()?;
        let is_same = misfit(&index, self.errors, self.format).is_none()
            && index.repairs() == (self.errors == Errors::Repair)
            && (self.errors != Errors::Strict || index.faults() == 0);
        is_same.then_some(index)
    }

    /// Makes the index.
    fn build(&self, inputs: &Inputs) -> Result<Index, Failure> {
        let failure = |error| failure(error, self.path);
        let (options, settled) = inputs.builder().options();
        settled.map_err(|error| Failure::Usage(error.to_string()))?;
        let begin = || Build::begin(self.path, self.target, options.clone()).map(Some);
        let begun = Unfinishing::making(self.target, begin, Build::temporary_path);
        let (mut build, unfinished) = begun.map_err(failure)?;
        while !matches!(build.step(None).map_err(failure)?, Poll::Ready(true)) {
            let stats = build.stats();
            if self.errors == Errors::Strict && stats.faults > 0 {
                return Err(Failure::Refused(format!(
                    "{}: damaged record among the first {}: `tidemarc check` shows it",
                    escaped(&self.path.display().to_string()),
                    stats.records + stats.faults
                )));
            }
        }
        let stats = build.stats();
        if stats.records == 0 && stats.faults > 0 {
            return Err(Failure::Refused(format!(
                "{}: no record is sound: `tidemarc check` shows why",
                escaped(&self.path.display().to_string())
            )));
        }
        let index = build.finish(&mut || Ok(())).map_err(failure)?;
        drop(unfinished);
        Ok(index)
    }
}

/// Returns what is known of an index, as a line.
fn shown(index: &Index, is_kept: bool, is_json: bool) -> String {
    let (path, file) = (index.path().display().to_string(), index.index_file());
    let file = file.display().to_string();
    let (records, faults) = (index.len(), index.faults());
    let (duplicates, without) = (index.duplicates(), index.without_key());
    if is_json {
        return format!(
            "{{\"source\":{},\"index\":{},\"records\":{records},\"faults\":{faults},\
             \"duplicates\":{duplicates},\"without_key\":{without},\"is_new\":{}}}\n",
            quoted(&path),
            quoted(&file),
            !is_kept
        );
    }
    let mut words = vec![counted(records, "record")];
    let more = [
        (faults, "damaged"),
        (duplicates, "with the same 001 as an earlier one"),
        (without, "without 001"),
    ];
    words.extend(
        more.into_iter()
            .filter(|(number, _)| *number > 0)
            .map(|(number, noun)| format!("{} {noun}", crate::cli::shown::grouped(number))),
    );
    let state = if is_kept { " is up to date" } else { "" };
    format!("{}{state}: {}\n", escaped(&file), words.join(", "))
}
