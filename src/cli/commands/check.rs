//! `tidemarc check`: damage in files, and text that cannot be read.

use crate::{
    cli::{
        args::{Errors, HELP, InputArgs, WhereArgs},
        failure::{Failure, is_unread},
        filter,
        inputs::Inputs,
        output::Output,
        records::unread,
        same_file::Files,
        session::Session,
    },
    error::{Error, quoted},
    reader::{FaultPage, Summary, push_cell},
    record::{ErrorKind, Severity},
};
use std::{fmt::Write as _, path::PathBuf};

/// Find damage in files: broken records, undecodable text, odd structure
///
/// For each file: the number of records, and the faults by severity and kind, each with the place
/// of the first. All text is decoded. Nothing is written to the files. The status is 1 if a file is
/// not sound; data that is only unusual is sound.
#[derive(Debug, clap::Args)]
#[command(help_template = HELP, before_help = EXAMPLES)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    input: InputArgs,

    #[command(flatten)]
    only: WhereArgs,

    /// List every fault, each on a line
    #[arg(long)]
    list: bool,

    /// List every field whose text cannot be decoded, each on a line
    #[arg(long, conflicts_with = "list")]
    list_undecodable: bool,

    /// Write a table of all faults for the supplier of the file, for a spreadsheet
    ///
    /// A row has the file, the number of the record, its offset, 001, title, tag, the reason with
    /// the numbers that contradict each other, and the bytes at fault.
    #[arg(long, value_name = "FILE.csv")]
    vendor_report: Option<PathBuf>,

    /// Write a page with the faults by kind and their places to FILE
    ///
    /// The page needs no network. It shows the first 100 faults of each kind in a file, each with
    /// its bytes.
    #[arg(long, value_name = "FILE.html")]
    html: Option<PathBuf>,

    /// File to write the result to [default: standard output]
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,
}

pub(in crate::cli) const EXAMPLES: &str = "\
Examples:
  tidemarc check books.mrc
  tidemarc check --list books-damaged.mrc         # every fault; the status is 1
  tidemarc check --list-undecodable books-damaged.mrc
  tidemarc check --vendor-report faults.csv books-damaged.mrc
  tidemarc check --html faults.html books-damaged.mrc
  tidemarc check --json books-damaged.mrc         # every fault as a JSON object
";

/// Number of bytes at fault that a report shows.
const MOST_BYTES: usize = 64;

/// The columns of a report for the supplier.
const COLUMNS: &str =
    "file,record,offset,control_number,title,tag,subfield,code,severity,reason,bytes";

/// Runs the command.
///
/// # Errors
/// Returns the reason why it ended early.
pub(in crate::cli) fn run(args: Args, session: &mut Session) -> Result<(), Failure> {
    let mut files = Files::default();
    let mut inputs = Inputs::new(&args.input, &mut files, session)?;
    filter::apply(&args.only, &mut inputs, &mut files)?;
    let is_strict = inputs.is_strict();
    if args.input.errors == Errors::Skip {
        // A record that can be repaired is reported as such.
        inputs.set(|builder| builder.repair(true));
    }
    let mut output = Output::open_report(args.output.as_deref(), &mut files)?;
    let mut report = Output::open_named_report(args.vendor_report.as_deref(), &mut files)?;
    let page = Output::open_named_report(args.html.as_deref(), &mut files)?;
    let mut page = page.map(|page| (page, FaultPage::default()));
    let is_json = session.console.is_json();
    let has_list = args.list || args.list_undecodable || is_json;
    inputs.show_progress(!has_list || !output.is_terminal(), session);
    if let Some(report) = &mut report {
        // By the byte order mark, Excel recognises UTF-8.
        report.put(format!("\u{FEFF}{COLUMNS}\r\n").as_bytes())?;
    }
    for input in inputs.list() {
        let Some(reader) = inputs.open(&input, session)? else { continue };
        let visited = Summary::visit_to_end(reader, |fault, title| {
            if is_strict && fault.severity() >= Severity::Repaired {
                return Err(Ended::Ours(fault.clone().into()));
            }
            if is_unread(fault) {
                session.fault(fault);
            }
            if let Some(report) = &mut report {
                report.put(row(fault, title).as_bytes())?;
            }
            if let Some((_, faults)) = &mut page {
                faults.add(fault, title);
            }
            let is_undecodable = fault.kind() == ErrorKind::Encoding;
            let is_listed = match args.list_undecodable {
                true => is_undecodable,
                false => args.list || is_json,
            };
            if is_listed {
                output.put(line(fault, title, is_json).as_bytes())?;
            }
            Ok(())
        });
        let (summary, ended) = visited;
        let ended = match ended {
            Err(Ended::Ours(failure)) => return Err(failure),
            Err(Ended::Read(error)) => Err(error),
            Ok(()) => Ok(()),
        };
        if let Some((_, faults)) = &mut page {
            faults.end_input(&input.name(), &summary);
        }
        session.undecided(&input.name(), &summary.stats());
        if !summary.is_sound() {
            session.find();
        }
        if !is_json && !args.list_undecodable {
            output.put(format!("{summary}\n").as_bytes())?;
        }
        if let Err(error) = ended {
            unread(error, is_strict, session)?;
        }
    }
    session.console.clear();
    if let Some((mut page, faults)) = page {
        page.put(faults.to_html().as_bytes())?;
        page.commit()?;
    }
    if let Some(report) = report {
        report.commit()?;
    }
    output.commit()
}

/// The end of the reading of an input before its end.
enum Ended {
    /// The input could not be read, or the quarantine not written.
    Read(Error),
    /// The command ends.
    Ours(Failure),
}

impl From<Error> for Ended {
    fn from(error: Error) -> Self {
        Self::Read(error)
    }
}

impl From<Failure> for Ended {
    fn from(failure: Failure) -> Self {
        Self::Ours(failure)
    }
}

/// Returns a fault as a line.
fn line(fault: &Error, title: &str, is_json: bool) -> String {
    if !is_json {
        return format!("{} {}: {fault}\n", fault.code(), fault.severity());
    }
    let json = fault.to_json();
    match json.strip_suffix('}') {
        Some(members) if !title.is_empty() => {
            format!("{members},\"title\":{}}}\n", quoted(title))
        }
        _ => json + "\n",
    }
}

/// Returns a fault as a row of CSV.
fn row(fault: &Error, title: &str) -> String {
    let number = |number: Option<u64>| number.map(|number| number.to_string()).unwrap_or_default();
    let start = fault.offset().unwrap_or(0);
    let at = fault.location();
    let from = usize::try_from(at.start - start).unwrap_or(usize::MAX);
    let length = usize::try_from(at.end - at.start).unwrap_or(usize::MAX).min(MOST_BYTES);
    let bytes = fault.raw().get(from..).unwrap_or_default();
    let mut shown = String::new();
    for byte in bytes.iter().take(length) {
        // Writing to a string does not fail.
        let _ = write!(shown, "{}{byte:02x}", if shown.is_empty() { "" } else { " " });
    }
    let cells = [
        fault.input_name().unwrap_or_default(),
        &number(fault.record_number()),
        &number(fault.offset()),
        fault.control_number().unwrap_or_default(),
        title,
        &fault.tag().map(|tag| tag.to_string()).unwrap_or_default(),
        &fault.subfield().map(|code| code.escape_ascii().to_string()).unwrap_or_default(),
        fault.code(),
        fault.severity().name(),
        &fault.reason(),
        &shown,
    ];
    let mut row = String::new();
    for (nth, cell) in cells.into_iter().enumerate() {
        row.push_str(if nth == 0 { "" } else { "," });
        push_cell(cell, &mut row);
    }
    row + "\r\n"
}
