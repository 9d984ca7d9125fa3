//! `tidemarc stats`: the contents of files in numbers.

use crate::{
    cli::{
        args::{Errors, HELP, InputArgs, WhereArgs},
        failure::Failure,
        filter,
        inputs::Inputs,
        output::Output,
        records::Run,
        same_file::Files,
        session::Session,
    },
    parse::Stats,
    statistics::{Collector, Statistics, StatisticsOptions},
};
use std::path::PathBuf;

/// Count what is in files: tags, indicators, subfields, languages, years, faults
///
/// Several files are counted together. The result is a table, JSON, or a page with charts that needs
/// no network. Damaged records are repaired if that is possible, and counted as the other records
/// are.
#[derive(Debug, clap::Args)]
#[command(help_template = HELP, before_help = EXAMPLES)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    input: InputArgs,

    #[command(flatten)]
    only: WhereArgs,

    /// Write a page with charts to FILE instead of the table
    #[arg(long, value_name = "FILE.html")]
    html: Option<PathBuf>,

    /// Number of sample values of each subfield
    #[arg(long, value_name = "N", default_value_t = 10)]
    samples: usize,

    /// File to write the table to [default: standard output]
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,
}

pub(in crate::cli) const EXAMPLES: &str = "\
Examples:
  tidemarc stats books.mrc | head -30
  tidemarc stats --html report.html books.mrc     # a page with charts: open it in a browser
  tidemarc stats --json books.mrc -o stats.json
  tidemarc stats --where '008/35-37 = \"ger\"' books.mrc ascii.mrc --html german.html
";

/// Number of bytes of records that are counted before their sums are added. The addition takes as long
/// for few records as for many.
const CHUNK: usize = 256 << 10;

/// Runs the command.
///
/// # Errors
/// Returns the reason why it ended early.
pub(in crate::cli) fn run(args: Args, session: &mut Session) -> Result<(), Failure> {
    let mut files = Files::default();
    let mut inputs = Inputs::new(&args.input, &mut files, session)?;
    filter::apply(&args.only, &mut inputs, &mut files)?;
    if args.input.errors == Errors::Skip {
        inputs.set(|builder| builder.repair(true));
    }
    inputs.set(|builder| builder.chunk_size(CHUNK));
    let mut page = Output::open_named_report(args.html.as_deref(), &mut files)?;
    // With a page, there is a table only if a file is named for it.
    let has_table = page.is_none() || args.output.is_some() || session.console.is_json();
    let mut table = match has_table {
        true => Some(Output::open_report(args.output.as_deref(), &mut files)?),
        false => None,
    };
    // The result is written at the end.
    inputs.show_progress(true, session);
    let found = count(&inputs, StatisticsOptions::new().samples(args.samples), session)?;
    session.console.clear();
    if let Some(page) = &mut page {
        page.put(found.to_html().as_bytes())?;
    }
    if let Some(table) = &mut table {
        let text = match session.console.is_json() {
            true => found.to_json(),
            false => found.to_string(),
        };
        table.put(text.as_bytes())?;
        table.put(b"\n")?;
    }
    [page, table].into_iter().flatten().try_for_each(Output::commit)
}

/// Counts the records of all inputs together.
fn count(
    inputs: &Inputs,
    options: StatisticsOptions,
    session: &mut Session,
) -> Result<Statistics, Failure> {
    let list = inputs.list();
    let mut collector = Collector::new(options);
    let mut all = Stats { inputs: list.len() as u64, complete: true, ..Stats::default() };
    for input in &list {
        let Some(reader) = inputs.open(input, session)? else {
            leave(&mut all, &Stats { failed: true, ..Stats::default() });
            continue;
        };
        let tally = collector.tally(inputs.text());
        let mut run = Run { input, is_strict: inputs.is_strict(), session };
        let stats = run.count(reader, tally, |_, counts| collector.add(counts))?;
        leave(&mut all, &stats);
    }
    let name = match &*list {
        [input] => input.name(),
        list => format!("{} files", list.len()),
    };
    Ok(collector.finish(all, Some(name)))
}

/// Adds the counts of an input to those of the inputs before it.
fn leave(all: &mut Stats, input: &Stats) {
    all.add(input);
    all.unfinished += u64::from(!input.complete);
    all.complete &= input.complete;
    all.failed |= input.failed;
}
