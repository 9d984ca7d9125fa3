//! `tidemarc view`: records as text for humans.

use crate::{
    cli::{
        args::{HELP, InputArgs, WhereArgs},
        console::has_colour,
        display::Display,
        failure::{Failure, is_unread},
        filter,
        inputs::Inputs,
        output::Output,
        pager::Paged,
        records::{Flow, Visit, visit},
        same_file::Files,
        session::Session,
    },
    error::{Error, escaped},
    parse::BatchRecord,
};
use clap::ValueEnum;
use std::{collections::BTreeSet, io, ops::ControlFlow};

/// Show records as text, with colours and a pager on a terminal
///
/// A blank indicator is `#`. A field 880 stands after the field that it repeats in another script.
/// Undecodable bytes are shown as `\xe9`, and damaged records with their bytes.
#[derive(Debug, clap::Args)]
#[command(help_template = HELP, before_help = EXAMPLES)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    input: InputArgs,

    #[command(flatten)]
    only: WhereArgs,

    /// Show at most N records
    #[arg(short, long, value_name = "N")]
    number: Option<u64>,

    /// Begin with record N of each file
    #[arg(long, value_name = "N", default_value_t = 1)]
    from: u64,

    /// Show the record with this control number (field 001); may be given several times
    #[arg(long, value_name = "ID")]
    id: Vec<String>,

    /// Width of a line [default: that of the terminal; elsewhere lines are not wrapped]
    #[arg(long, value_name = "COLUMNS")]
    width: Option<usize>,

    /// Use of colours
    #[arg(long, value_name = "WHEN", value_enum, default_value_t)]
    color: When,

    /// Do not start a pager
    #[arg(long)]
    no_pager: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum When {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    Always,
    Never,
}

pub(in crate::cli) const EXAMPLES: &str = "\
Examples:
  tidemarc view books.mrc
  tidemarc view -n 3 books.mrc                    # the first three records
  tidemarc view --from 10 -n 1 books.mrc          # the tenth
  tidemarc view --id tm000001 books.mrc           # by its control number
  tidemarc view books-damaged.mrc | grep -A3 TM   # the damaged ones
";

/// Runs the command.
///
/// # Errors
/// Returns the reason why it ended early.
pub(in crate::cli) fn run(args: Args, session: &mut Session) -> Result<(), Failure> {
    if session.console.is_json() {
        return Err(Failure::Usage(
            "view shows text: for JSON use `tidemarc cat --to jsonl`".into(),
        ));
    }
    let mut files = Files::default();
    let mut inputs = Inputs::new(&args.input, &mut files, session)?;
    filter::apply(&args.only, &mut inputs, &mut files)?;
    let output = Output::open(None, &mut files)?;
    let colours = match args.color {
        When::Auto => has_colour(&io::stdout()),
        When::Always => true,
        When::Never => false,
    };
    let width = args.width.or_else(|| output.is_terminal().then(terminal_width));
    let mut view = View {
        paged: Paged::new(output, !args.no_pager),
        display: Display::new(colours, width),
        from: args.from,
        left: args.number.unwrap_or(u64::MAX),
        missing: args.id.iter().map(|id| id.trim().to_owned()).collect(),
        is_filtered: inputs.is_filtered,
        wanted: args.id.into_iter().map(|id| id.trim().to_owned()).collect(),
    };
    if view.left > 0 {
        visit(&mut inputs, session, &mut view)?;
    }
    for id in &view.missing {
        session.find();
        session.console.say(&format!("no record has the control number {}", escaped(id)));
    }
    view.paged.commit()
}

/// Returns the width of the terminal on standard output.
fn terminal_width() -> usize {
    const USUAL: usize = 80;
    rustix::termios::tcgetwinsize(io::stdout())
        .map(|size| usize::from(size.ws_col))
        .ok()
        .filter(|width| *width > 0)
        .unwrap_or(USUAL)
}

struct View {
    paged: Paged,
    display: Display,
    /// Number of the first record to show.
    from: u64,
    /// Number of records that are still to be shown at most.
    left: u64,
    /// The control numbers to show; all if there are none.
    wanted: BTreeSet<String>,
    /// True if only records that match a filter are shown, and so no damaged spans.
    is_filtered: bool,
    /// Those that were not found yet.
    missing: BTreeSet<String>,
}

impl View {
    /// Returns true if a record is to be shown.
    fn wants(&mut self, record: &BatchRecord<'_>) -> bool {
        if record.number() < self.from {
            return false;
        }
        if self.wanted.is_empty() {
            return true;
        }
        let id = record.view().control_number().and_then(|id| str::from_utf8(id).ok());
        let Some(id) = id.map(str::trim).filter(|id| self.wanted.contains(*id)) else {
            return false;
        };
        self.missing.remove(id);
        true
    }
}

impl Visit for View {
    fn record(&mut self, record: &BatchRecord<'_>, session: &mut Session) -> Flow {
        if !self.wants(record) {
            return Ok(ControlFlow::Continue(()));
        }
        self.paged.put(self.display.record(record).as_bytes(), &session.console)?;
        self.left -= 1;
        Ok(if self.left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    }

    /// Shows a damaged span in its place.
    fn fault(&mut self, error: &Error, session: &mut Session) -> Flow {
        if is_unread(error) {
            session.fault(error);
            return Ok(ControlFlow::Continue(()));
        }
        session.find();
        let is_shown = self.wanted.is_empty()
            && !self.is_filtered
            && error.record_number().is_none_or(|number| number >= self.from);
        if is_shown {
            self.paged.put(self.display.fault(error).as_bytes(), &session.console)?;
        }
        Ok(ControlFlow::Continue(()))
    }

    fn rest(&mut self) -> Result<(), Failure> {
        self.paged.push()
    }
}
