//! `tidemarc count`: numbers of records, or of the values of a selector.

use crate::{
    cli::{
        args::{HELP, InputArgs, WhereArgs, selector},
        failure::Failure,
        filter,
        inputs::Inputs,
        output::Output,
        records::Run,
        same_file::Files,
        session::Session,
        shown::counted,
        tally::{Numbers, Tally, Values},
    },
    error::{escaped, quoted},
    parse::{Parsed, Project, Stats},
    select::Selector,
};
use std::fmt::Write as _;

/// Count records, or the values of a field
///
/// A line for each file has the records, the damaged spans that are not records, and the bytes.
#[derive(Debug, clap::Args)]
#[command(help_template = HELP, before_help = EXAMPLES)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    input: InputArgs,

    #[command(flatten)]
    only: WhereArgs,

    /// Write the number of records alone, of all files together
    #[arg(long)]
    bare: bool,

    /// Count the values of a selector: how often does each occur?
    #[arg(long, value_name = "SELECTOR", value_parser = selector, conflicts_with = "bare")]
    by: Option<Selector>,
}

pub(in crate::cli) const EXAMPLES: &str = "\
Examples:
  tidemarc count books.mrc
  tidemarc count --bare books.mrc                 # one number, for a script
  tidemarc count --by '008/35-37' books.mrc       # records for each language
  tidemarc count --by '650$a' books.mrc           # the subjects, the most frequent first
  cat books.mrc | tidemarc count                  # from a pipe
";

/// Runs the command.
///
/// # Errors
/// Returns the reason why it ended early.
pub(in crate::cli) fn run(args: Args, session: &mut Session) -> Result<(), Failure> {
    let mut files = Files::default();
    let mut inputs = Inputs::new(&args.input, &mut files, session)?;
    filter::apply(&args.only, &mut inputs, &mut files)?;
    let mut output = Output::open(None, &mut files)?;
    // The result is written at the end.
    inputs.show_progress(true, session);
    inputs.read_in_parts(session);
    let numbers = match session.console.is_json() {
        true => Numbers::Json,
        false if output.is_terminal() => Numbers::Grouped,
        false => Numbers::Plain,
    };
    match &args.by {
        Some(selector) => {
            let result = count_values(&mut inputs, selector, numbers, session)?;
            session.console.clear();
            output.put(result.as_bytes())?;
        }
        None => {
            let mut rows = Vec::new();
            let counted = count_records(&mut inputs, &mut rows, session);
            session.console.clear();
            match (counted, args.bare) {
                (Ok(()), true) => output.put(format!("{}\n", total(&rows).records).as_bytes())?,
                (Ok(()), false) => {
                    let total = (rows.len() > 1).then(|| total(&rows));
                    output.put(lines(&rows, total.as_ref(), numbers).as_bytes())?;
                }
                // The files before the fault have their lines; a total of them would mislead.
                (Err(failure), false) if !rows.is_empty() => {
                    output.put(lines(&rows, None, numbers).as_bytes())?;
                    return Err(failure);
                }
                (Err(failure), _) => return Err(failure),
            }
        }
    }
    output.commit()
}

/// The projection for counts that every batch has: nothing.
#[derive(Debug, Clone)]
struct Totals;

impl Project for Totals {
    type Output = ();

    fn run(&self, _: &Parsed<'_>, (): &mut ()) {}

    fn needs_records(&self) -> bool {
        false
    }
}

/// The counts of an input.
struct Row {
    name: Option<String>,
    records: u64,
    faults: u64,
    bytes: u64,
}

impl Row {
    fn json(&self) -> String {
        let name = self.name.as_deref().map_or_else(|| "null".into(), quoted);
        let Self { records, faults, bytes, .. } = self;
        format!(
            "{{\"source\":{name},\"records\":{records},\"faults\":{faults},\"bytes\":{bytes}}}\n"
        )
    }
}

/// Counts the records of each input.
fn count_records(
    inputs: &mut Inputs,
    rows: &mut Vec<Row>,
    session: &mut Session,
) -> Result<(), Failure> {
    for input in inputs.list() {
        let Some(reader) = inputs.open(&input, session)? else { continue };
        let mut run = Run { input: &input, is_strict: inputs.is_strict(), session };
        let stats = run.count(reader, Totals, |_, ()| {})?;
        let Stats { records, faults, .. } = stats;
        let bytes = stats.bytes() - stats.unmatched_bytes;
        rows.push(Row { name: Some(input.name()), records, faults, bytes });
    }
    Ok(())
}

/// Returns the sums of all rows.
fn total(rows: &[Row]) -> Row {
    let sum = |of: fn(&Row) -> u64| rows.iter().map(of).sum();
    Row {
        name: None,
        records: sum(|row| row.records),
        faults: sum(|row| row.faults),
        bytes: sum(|row| row.bytes),
    }
}

/// Returns a line for each row, as JSON or as text.
fn lines(rows: &[Row], total: Option<&Row>, numbers: Numbers) -> String {
    match numbers {
        Numbers::Json => rows.iter().chain(total).map(Row::json).collect(),
        _ => table(rows, total, numbers),
    }
}

/// Returns the rows as text, with the numbers under each other.
fn table(rows: &[Row], total: Option<&Row>, numbers: Numbers) -> String {
    let head = ["records", "damaged", "bytes", "file"].map(String::from);
    let lines = rows.iter().chain(total).map(|row| {
        let name = row.name.as_deref().map_or("total".into(), escaped).into_owned();
        let [records, faults, bytes] =
            [row.records, row.faults, row.bytes].map(|number| numbers.shown(number));
        [records, faults, bytes, name]
    });
    let lines: Vec<_> = [head].into_iter().chain(lines).collect();
    let width = |at: usize| lines.iter().map(|line| line[at].len()).max().unwrap_or(0);
    let widths = [0, 1, 2].map(width);
    let mut text = String::new();
    for [records, faults, bytes, name] in &lines {
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "{records:>0$}  {faults:>1$}  {bytes:>2$}  {name}",
            widths[0], widths[1], widths[2]
        );
    }
    text
}

fn count_values(
    inputs: &mut Inputs,
    selector: &Selector,
    numbers: Numbers,
    session: &mut Session,
) -> Result<String, Failure> {
    let mut all = Values::default();
    for input in inputs.list() {
        let Some(reader) = inputs.open(&input, session)? else { continue };
        let tally = Tally::new(selector, inputs.text());
        let mut run = Run { input: &input, is_strict: inputs.is_strict(), session };
        run.count(reader, tally, |_, values| all.add(values))?;
    }
    if all.undecodable > 0 {
        session.find();
        session.console.say(&format!(
            "{} with undecodable text were not counted: `tidemarc check` lists them",
            counted(all.undecodable, "record")
        ));
    }
    Ok(all.shown(numbers))
}
