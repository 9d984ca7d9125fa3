//! `tidemarc select`: values of records as a table.

use crate::{
    cli::{
        args::{HELP, InputArgs, WhereArgs},
        failure::Failure,
        filter,
        inputs::{Inputs, is_of_quarantine},
        output::{Output, plain},
        same_file::Files,
        session::Session,
        shown::counted,
        table::{Table, TableFormat},
    },
    columns::{Column, Columns, Linked, Metadata, Preset, Repeat, Scan},
    select::{Selector, SelectorError},
};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use std::path::PathBuf;

/// Export fields as a table: CSV, TSV, JSON Lines or Arrow
///
/// There is a row for each record. A column is a selector (a tag, and the codes of subfields or
/// positions), or a fact about the record: @record_no, @file, @offset_bytes, @length,
/// @control_number, @leader, @encoding, @faults, @raw or @json.
#[derive(Debug, clap::Args)]
#[command(
    help_template = HELP,
    before_help = EXAMPLES,
    group = clap::ArgGroup::new("table").required(true)
)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    input: InputArgs,

    #[command(flatten)]
    only: WhereArgs,

    /// A column: its name, and the selector of its values; may be given several times
    #[arg(short, long, value_name = "NAME=SELECTOR", group = "table", value_parser = column)]
    column: Vec<(String, Source)>,

    /// All fields: `nested` is a row for each record, `long` a row for each subfield, `raw` the bytes
    #[arg(long, group = "table", value_parser = named(Preset::ALL, Preset::name, Preset::from_name))]
    preset: Option<Preset>,

    /// File to write [default: standard output]; its suffix is the format
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,

    /// Format of the table [default: by the suffix of OUT, or csv]
    #[arg(long, value_name = "FORMAT", value_enum)]
    to: Option<TableFormat>,

    /// Treatment of several values in one record [default: list]
    ///
    /// In CSV and TSV, the values of a list stand in one cell, with the text of --sep between them.
    #[arg(long, value_name = "HOW", value_parser = named(Repeat::ALL, Repeat::name, Repeat::from_name))]
    repeat: Option<Repeat>,

    /// Text between two values in one cell
    #[arg(long, value_name = "TEXT", default_value = "|")]
    sep: String,

    /// Use of fields 880, which repeat a field in another script
    #[arg(long, value_name = "HOW", value_parser = named(Linked::ALL, Linked::name, Linked::from_name))]
    linked: Option<Linked>,

    /// Remove the punctuation of ISBD at the end of each value
    #[arg(long)]
    trim: bool,

    /// Begin CSV with a byte order mark, by which Excel recognises UTF-8
    #[arg(long)]
    bom: bool,

    /// Write at most N rows
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
}

pub(in crate::cli) const EXAMPLES: &str = "\
Examples:
  tidemarc select -c id=001 -c title='245$a$b' -c subjects='650$a' books.mrc
  tidemarc select -c title='245$a' --trim --bom books.mrc -o titles.csv   # for Excel
  tidemarc select -c id=001 -c subject='650$a' --repeat explode books.mrc # a row each
  tidemarc select -c language='008/35-37' -c year='008/7-10' --to tsv books.mrc
  tidemarc select --preset long books.mrc --to jsonl | head -3
";

/// The source of a column.
#[derive(Debug, Clone)]
enum Source {
    Selector(Selector),
    Fact(Metadata),
}

/// Returns the name and the source of a column: `title=245$a`. Without a name, the selector is the
/// name.
fn column(text: &str) -> Result<(String, Source), String> {
    let is_name = |name: &str| !name.contains(['$', '{', '/', '^', '[']);
    let (name, source) = match text.split_once('=') {
        Some((name, source)) if is_name(name) => (name, source),
        _ => (text, text),
    };
    let source = match source.strip_prefix('@') {
        Some(fact) => Source::Fact(Metadata::from_name(fact).ok_or_else(|| {
            let names: Vec<_> = Metadata::ALL.iter().map(|fact| format!("@{fact}")).collect();
            format!("@{fact} is not a fact: there are {}", names.join(", "))
        })?),
        None => Source::Selector(source.parse().map_err(|error: SelectorError| error.to_string())?),
    };
    Ok((name.to_owned(), source))
}

/// Returns the parser of a value that has a name.
fn named<T: Copy + Send + Sync + 'static>(
    all: &'static [T],
    name: fn(T) -> &'static str,
    from_name: fn(&str) -> Option<T>,
) -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(all.iter().map(move |value| name(*value)))
        .map(move |name| from_name(&name).expect("every name that is possible has a value"))
}

/// Largest number of rows that wait until they are written as text. While they are written, the
/// threads that parse fill the queue; with more rows they would have to wait for it.
const TEXT_ROWS: usize = 256;

/// Runs the command.
///
/// # Errors
/// Returns the reason why it ended early.
pub(in crate::cli) fn run(args: Args, session: &mut Session) -> Result<(), Failure> {
    let mut files = Files::default();
    let columns = columns(&args)?;
    let path = args.output.as_deref().map(plain).transpose()?;
    let format = TableFormat::of(args.to, path, session.console.is_json())?;
    if args.bom && format != TableFormat::Csv {
        return Err(Failure::Usage("--bom is for CSV".into()));
    }
    let mut inputs = Inputs::new(&args.input, &mut files, session)?;
    filter::apply(&args.only, &mut inputs, &mut files)?;
    let output = Output::open_report(path, &mut files)?;
    if format.is_binary() && output.is_terminal() {
        return Err(Failure::Usage("Arrow is not text: name a file with -o".into()));
    }
    inputs.show_progress(!output.is_terminal(), session);
    let mut table = Table::begin(output, format, &columns.schema(), &args.sep, args.bom)?;
    let mut left = args.limit.unwrap_or(u64::MAX);
    for input in inputs.list() {
        let Some(reader) = inputs.open(&input, session)? else { continue };
        let may_wait = reader.stats().total_bytes.is_none();
        let mut scan = Scan::new(reader, &columns).limit(left);
        if !format.is_binary() {
            // Lines are written one by one, so they need no large batch.
            scan = scan.batch_rows(TEXT_ROWS);
        }
        loop {
            match scan.next_batch() {
                Ok(Some(batch)) => {
                    left -= (batch.num_rows() as u64).min(left);
                    table.rows(&batch)?;
                    if may_wait {
                        table.push()?;
                    }
                }
                Ok(None) => break,
                Err(error) if inputs.is_strict() || is_of_quarantine(&error) => {
                    return Err(error.into());
                }
                // The rows after it follow, also those of the next file of an archive.
                Err(error) => session.fault(&error),
            }
        }
        let undecodable = scan.undecodable();
        let stats = scan.finish()?;
        session.end_input(&input.shown(), &stats);
        if stats.repaired > 0 {
            session.console.say(&format!(
                "{}: {} repaired: `tidemarc check` lists the repairs",
                input.shown(),
                counted(stats.repaired, "record")
            ));
        }
        if undecodable > 0 {
            session.find();
            session.console.say(&format!(
                "{}: {} with undecodable text, whose cells are empty: `tidemarc check` lists them",
                input.shown(),
                counted(undecodable, "record")
            ));
        }
        if left == 0 {
            break;
        }
    }
    session.console.clear();
    table.commit()
}

/// Returns the columns that the arguments define.
fn columns(args: &Args) -> Result<Columns, Failure> {
    if let Some(preset) = args.preset {
        if args.repeat.is_some() || args.linked.is_some() || args.trim {
            return Err(Failure::Usage(
                "--preset has columns of its own: --repeat, --linked and --trim are for -c".into(),
            ));
        }
        return Ok(Columns::preset(preset));
    }
    let columns = args.column.iter().map(|(name, source)| (name.clone(), source.column(args)));
    Columns::new(columns).map_err(|error| Failure::Usage(error.to_string()))
}

impl Source {
    /// Returns the column, with the options that apply to it.
    fn column(&self, args: &Args) -> Column {
        let selector = match self {
            Self::Fact(fact) => return Column::metadata(*fact),
            Self::Selector(selector) => selector,
        };
        // The leader and control fields have no links.
        let has_links =
            selector.tags().iter().any(|tag| !tag.is_leader() && !tag.as_str().starts_with("00"));
        let mut column = Column::new(selector.clone());
        if let Some(repeat) = args.repeat {
            // A row for each value of a data field repeats the values of control fields.
            let is_repeated = repeat == Repeat::Explode && !has_links;
            column = column.repeat(if is_repeated { Repeat::First } else { repeat });
        }
        if args.repeat == Some(Repeat::Join) {
            column = column.separator(args.sep.clone());
        }
        if let Some(linked) = args.linked.filter(|_| has_links) {
            column = column.linked(linked);
        }
        let has_text = !matches!(args.repeat, Some(Repeat::Count | Repeat::Exists));
        column.trim(args.trim && has_text)
    }
}
