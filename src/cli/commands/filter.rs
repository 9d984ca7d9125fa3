//! `tidemarc filter`: the records that match an expression.

use crate::{
    cli::{
        args::{HELP, InputArgs, OutputArgs},
        failure::Failure,
        filter,
        inputs::{Input, Inputs},
        output::{Output, format_of},
        record_writer::RecordWriter,
        records::{Flow, Visit, visit},
        same_file::Files,
        session::Session,
        shown::grouped,
    },
    format::{Format, WriteOptions},
    parse::BatchRecord,
    select::Filter,
};
use std::{ops::ControlFlow, path::Path};

/// Write the records that match an expression
///
/// An expression asks questions about fields: `650`, `not 650`, `245$a ~ "whale"`, `650$2 = "fast"`,
/// `008/7-10 >= 1980`. Join them with `and`, `or` and `( )`. Put the expression in single quotes, so
/// that the shell leaves it alone.
///
/// Records that are not damaged are written byte for byte, unless the format changes. The status is
/// 1 if no record matches.
#[derive(Debug, clap::Args)]
#[command(help_template = HELP, before_help = EXAMPLES, after_help = EXPRESSIONS)]
pub(in crate::cli) struct Args {
    /// The expression
    #[arg(value_name = "EXPR")]
    expression: String,

    #[command(flatten)]
    input: InputArgs,

    #[command(flatten)]
    output: OutputArgs,

    /// Write the records that do not match
    #[arg(short = 'v', long)]
    invert: bool,
}

pub(in crate::cli) const EXAMPLES: &str = "\
Examples:
  tidemarc filter '008/35-37 = \"ger\"' books.mrc -o german.mrc
  tidemarc filter '245$a ~ /histor(y|ies)/i' books.mrc -o history.mrc
  tidemarc filter '650 and 008/7-10 >= 1980' books.mrc | tidemarc view -n 1
  tidemarc filter -v '856$u' books.mrc -o offline.mrc     # records without an address
  echo 9780141439518 > list.txt && tidemarc filter '020$a in @list.txt' books.mrc
  echo tm000007 | tidemarc filter '001 in @-' books.mrc   # @- is standard input
";

const EXPRESSIONS: &str = "\
Expressions:
  650   245$a   008/35-37   LDR/6     there is such a field, subfield or character
  = != < <= > >=                      the value is equal, less, greater; numbers have no quotes
  ^= \"The \"                           it begins with a text
  ~ \"Whale\"   !~                     it includes a text; it does not
  ~ /wh?ale/i                         a regular expression matches; with i, case does not count
  in (\"a\", \"t\")   in @ids.txt         it is one of these, or a line of a file; @- is a pipe
  exists(650$2)   count(650) >= 3     there is a value; there are at least three
  all(650$2) = \"fast\"                 every value is equal (without all, one is enough)
  650$a{$2=\\fast} = \"Whales\"          a condition on the same field
  and   or   not   ( )                join questions";

/// Runs the command.
///
/// # Errors
/// Returns the reason why it ended early.
pub(in crate::cli) fn run(args: Args, session: &mut Session) -> Result<(), Failure> {
    let mut files = Files::default();
    let mut inputs = Inputs::new(&args.input, &mut files, session)
        .map_err(|failure| with_order(failure, &args.expression))?;
    inputs.only(wanted(&args, &inputs, &mut files)?);
    let format = format_of(args.output.to, args.output.path.as_deref())?;
    let output = Output::open(args.output.path.as_deref(), &mut files)?;
    inputs.show_progress(!output.is_terminal(), session);
    let writer = RecordWriter::new(output, format, WriteOptions::new());
    let mut kept = Kept { writer, records: 0 };
    visit(&mut inputs, session, &mut kept)?;
    session.console.clear();
    kept.writer.commit(session)?;
    if kept.records == 0 {
        session.find();
        session.console.say("no record matches");
    } else if args.output.path.is_some() {
        session.console.say(&match kept.records {
            1 => "1 record matches".into(),
            records => format!("{} records match", grouped(records)),
        });
    }
    Ok(())
}

/// Returns the filter that the arguments describe.
fn wanted(args: &Args, inputs: &Inputs, files: &mut Files) -> Result<Filter, Failure> {
    let filter = filter::parse(&args.expression, inputs, files)
        .map_err(|failure| with_order(failure, &args.expression))?;
    Ok(if args.invert { !filter } else { filter })
}

/// Adds a hint to a failure, if the expression is the name of a file.
fn with_order(failure: Failure, expression: &str) -> Failure {
    const ORDER: &str = "The expression comes before the files: `tidemarc filter EXPR FILE`";
    match failure {
        Failure::Usage(reason) | Failure::Io(reason) if Path::new(expression).exists() => {
            Failure::Usage(format!("{reason}\n{ORDER}"))
        }
        other => other,
    }
}

/// The records that match, and their output.
struct Kept {
    writer: RecordWriter,
    records: u64,
}

impl Visit for Kept {
    fn begin(&mut self, _: &Input, format: Format) -> Result<(), Failure> {
        self.writer.begin(format);
        Ok(())
    }

    fn record(&mut self, record: &BatchRecord<'_>, session: &mut Session) -> Flow {
        self.records += 1;
        self.writer.write(record, session)?;
        Ok(ControlFlow::Continue(()))
    }

    fn rest(&mut self) -> Result<(), Failure> {
        self.writer.push()
    }
}
