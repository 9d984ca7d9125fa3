//! `tidemarc split`: one file into many.

use crate::{
    cli::{
        args::{HELP, InputArgs, WhereArgs, format_parser, selector, size},
        failure::Failure,
        filter,
        inputs::{Input, Inputs},
        output::{Output, format_of},
        record_writer::RecordWriter,
        records::{Flow, Visit, visit},
        refusal::Refusal,
        same_file::Files,
        session::Session,
        shown::{self, counted},
        template::Template,
    },
    format::{Format, WriteOptions},
    parse::BatchRecord,
    select::Selector,
};
use std::{
    collections::BTreeMap,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

/// Split files into smaller ones: by number of records, by bytes, or by the value of a field
///
/// The name of each file is made from OUT: `{number}` is its number, `{number:4}` its number with at
/// least four digits, and `{value}` the value. Characters that have no place in the name of a file
/// become `_`.
#[derive(Debug, clap::Args)]
#[command(
    help_template = HELP,
    before_help = EXAMPLES,
    group = clap::ArgGroup::new("part").required(true)
)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    input: InputArgs,

    #[command(flatten)]
    only: WhereArgs,

    /// Names of the files to write, such as `part-{number}.mrc` or `{value}.mrc`
    #[arg(short, long, value_name = "OUT", required = true)]
    output: String,

    /// Begin a new file after N records
    #[arg(long, value_name = "N", group = "part", value_parser = clap::value_parser!(u64).range(1..))]
    records: Option<u64>,

    /// Begin a new file before it has more than N bytes of the input: 500000, 100K, 20M, 1G
    #[arg(long, value_name = "N", group = "part", value_parser = size)]
    bytes: Option<u64>,

    /// Write a file for each value of a selector; a record with several values goes by the first
    #[arg(long, value_name = "SELECTOR", group = "part", value_parser = selector)]
    by: Option<Selector>,

    /// Format to write [default: by the suffix of OUT]
    #[arg(long, value_name = "FORMAT", value_parser = format_parser())]
    to: Option<Format>,
}

pub(in crate::cli) const EXAMPLES: &str = "\
Examples:
  tidemarc split --records 20 books.mrc -o 'part-{number}.mrc'
  tidemarc split --bytes 32K books.mrc -o 'part-{number:3}.mrc'
  tidemarc split --by '008/35-37' books.mrc -o 'language-{value}.mrc'
";

/// Number of files that are open at once at most: systems allow a thousand.
const MOST_FILES: usize = 500;

/// Name of the file for records without a value.
const NO_VALUE: &str = "none";

/// Runs the command.
///
/// # Errors
/// Returns the reason why it ended early.
pub(in crate::cli) fn run(args: Args, session: &mut Session) -> Result<(), Failure> {
    let mut files = Files::default();
    let mut inputs = Inputs::new(&args.input, &mut files, session)?;
    filter::apply(&args.only, &mut inputs, &mut files)?;
    let template = Template::parse(&args.output, args.by.is_some()).map_err(Failure::Usage)?;
    let format = format_of(args.to, Some(Path::new(&args.output)))?;
    inputs.show_progress(true, session);
    let rule = match (args.records, args.bytes, args.by) {
        (Some(records), _, _) => Rule::Records(records),
        (_, Some(bytes), _) => Rule::Bytes(bytes),
        (_, _, Some(selector)) => Rule::Values(selector),
        _ => return Err(Failure::Usage("name --records, --bytes or --by".into())),
    };
    let mut split = Split {
        rule,
        target: Target {
            template,
            files,
            named: format,
            format: format.unwrap_or(Format::Iso2709),
        },
        parts: BTreeMap::new(),
        number: 0,
        written: 0,
    };
    visit(&mut inputs, session, &mut split)?;
    session.console.clear();
    split.commit(session)?;
    session.console.say(&format!("{} written", counted(split.written, "file")));
    let next = PathBuf::from(split.target.template.name(split.number + 1, ""));
    if !matches!(split.rule, Rule::Values(_)) && next.exists() {
        session.console.say(&format!(
            "{}: this file is of an earlier run, and so may be those after it: remove them",
            shown::path(&next)
        ));
    }
    Ok(())
}

enum Rule {
    Records(u64),
    Bytes(u64),
    Values(Selector),
}

/// The names and the format of the files.
struct Target {
    template: Template,
    files: Files,
    /// The format that the arguments name.
    named: Option<Format>,
    format: Format,
}

impl Target {
    fn create(&mut self, number: u64, value: &str) -> Result<Part, Failure> {
        let path = PathBuf::from(self.template.name(number, value));
        let output = Output::create(&path, &mut self.files)?;
        let mut writer = RecordWriter::new(output, self.named, WriteOptions::new());
        writer.begin(self.format);
        Ok(Part { writer, records: 0, bytes: 0 })
    }
}

/// A file that is being written.
struct Part {
    writer: RecordWriter,
    records: u64,
    bytes: u64,
}

struct Split {
    rule: Rule,
    target: Target,
    /// The open files by their value, or the only one.
    parts: BTreeMap<String, Part>,
    /// Number of files that were opened.
    number: u64,
    /// Number of files that are complete.
    written: u64,
}

impl Split {
    /// Puts all open files in their places.
    fn commit(&mut self, session: &mut Session) -> Result<(), Failure> {
        while let Some((_, part)) = self.parts.pop_first() {
            part.writer.commit(session)?;
            self.written += 1;
        }
        Ok(())
    }

    /// Returns the key of the part that a record belongs to.
    fn key(&mut self, record: &BatchRecord<'_>, session: &mut Session) -> Result<String, Failure> {
        let (most_records, most_bytes) = match &self.rule {
            Rule::Values(selector) => return Ok(value(selector, record, session)),
            Rule::Records(most) => (*most, u64::MAX),
            Rule::Bytes(most) => (u64::MAX, *most),
        };
        let length = record.as_bytes().len() as u64;
        let is_full = self.parts.values().any(|part| {
            part.records >= most_records
                || (part.records > 0 && part.bytes.saturating_add(length) > most_bytes)
        });
        if is_full {
            self.commit(session)?;
        }
        Ok(String::new())
    }
}

/// Returns the first value of a selector, as a part of a name.
fn value(selector: &Selector, record: &BatchRecord<'_>, session: &mut Session) -> String {
    let mut first = None;
    let visited = selector.visit(record, record.text(), &mut |value| {
        first = Some(value.text().to_owned());
        ControlFlow::Break(())
    });
    if let Err(error) = visited {
        session.refused(&Refusal::new(record, error, "taken as without a value"));
    }
    first.filter(|value| !value.trim().is_empty()).unwrap_or_else(|| NO_VALUE.into())
}

impl Visit for Split {
    fn begin(&mut self, _: &Input, format: Format) -> Result<(), Failure> {
        if self.number == 0 {
            self.target.format = self.target.named.unwrap_or(format);
        }
        Ok(())
    }

    fn record(&mut self, record: &BatchRecord<'_>, session: &mut Session) -> Flow {
        let value = self.key(record, session)?;
        let key = self.target.template.value(&value);
        if !self.parts.contains_key(&key) {
            if self.parts.len() == MOST_FILES {
                return Err(Failure::Usage(format!(
                    "the selector has more than {MOST_FILES} values, and each needs an open file: \
                     choose a selector with fewer"
                )));
            }
            self.number += 1;
            let part = self.target.create(self.number, &key)?;
            self.parts.insert(key.clone(), part);
        }
        let Some(part) = self.parts.get_mut(&key) else { return Ok(ControlFlow::Continue(())) };
        if part.writer.write(record, session)? {
            part.records += 1;
            part.bytes += record.as_bytes().len() as u64;
        }
        Ok(ControlFlow::Continue(()))
    }
}
