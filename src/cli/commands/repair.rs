//! `tidemarc repair`: a clean file, and the rest.

use crate::{
    cli::{
        args::{Errors, HELP, InputArgs, format_parser},
        failure::Failure,
        inputs::{Input, Inputs},
        output::{Output, format_of},
        record_writer::RecordWriter,
        records::{Flow, Visit, visit},
        same_file::Files,
        session::Session,
        shown::counted,
    },
    format::{Format, WriteOptions},
    parse::BatchRecord,
    record::Severity,
};
use std::{ops::ControlFlow, path::PathBuf};

/// Repair damaged files: write the sound and the repaired records to a new file
///
/// A record is repaired if its parts agree with each other; nothing is guessed. The other damaged
/// records go to the quarantine, byte for byte. A repaired record may have lost a field: its bytes
/// in the input, which still have it, go to the file of `--incomplete`.
#[derive(Debug, clap::Args)]
#[command(help_template = HELP, before_help = EXAMPLES)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    input: InputArgs,

    /// File to write; an existing file is replaced when the new one is complete
    #[arg(short, long, value_name = "OUT", required = true)]
    output: PathBuf,

    /// Format to write [default: by the suffix of OUT]
    #[arg(long, value_name = "FORMAT", value_parser = format_parser())]
    to: Option<Format>,

    /// Save the original bytes of repaired records that lost a field
    #[arg(long, value_name = "FILE")]
    incomplete: Option<PathBuf>,

    /// Write records with undecodable text to FILE instead of OUT
    #[arg(long, value_name = "FILE")]
    undecodable: Option<PathBuf>,
}

pub(in crate::cli) const EXAMPLES: &str = "\
Examples:
  tidemarc repair books-damaged.mrc -o clean.mrc
  tidemarc repair books-damaged.mrc -o clean.mrc --quarantine rest.mrc --incomplete incomplete.mrc
  tidemarc repair books-damaged.mrc -o clean.mrc --undecodable undecodable.mrc
  tidemarc check books-damaged.mrc                # what would be repaired?
";

/// Runs the command.
///
/// # Errors
/// Returns the reason why it ended early.
pub(in crate::cli) fn run(args: Args, session: &mut Session) -> Result<(), Failure> {
    let mut files = Files::default();
    let mut inputs = Inputs::new(&args.input, &mut files, session)?;
    if args.input.errors == Errors::Skip {
        inputs.set(|builder| builder.repair(true));
    }
    let format = format_of(args.to, Some(&args.output))?;
    let output = Output::open(Some(&args.output), &mut files)?;
    let incomplete = Output::open_plain(args.incomplete.as_deref(), &mut files)?;
    let undecodable = Output::open_plain(args.undecodable.as_deref(), &mut files)?;
    inputs.show_progress(true, session);
    let name = output.name().to_owned();
    let writer = RecordWriter::new(output, format, WriteOptions::new());
    let mut repair = Repair { writer, incomplete, undecodable, counts: Counts::default() };
    visit(&mut inputs, session, &mut repair)?;
    session.console.clear();
    let Repair { writer, incomplete, undecodable, counts } = repair;
    for output in [incomplete, undecodable].into_iter().flatten() {
        output.commit()?;
    }
    writer.commit(session)?;
    session.console.json_or(|| counts.json(), || format!("{name}: {}", counts.words()));
    Ok(())
}

/// Numbers of records.
#[derive(Debug, Default)]
struct Counts {
    written: u64,
    repaired: u64,
    incomplete: u64,
    undecodable: u64,
}

impl Counts {
    fn json(&self) -> String {
        let Self { written, repaired, incomplete, undecodable } = self;
        format!(
            "{{\"written\":{written},\"repaired\":{repaired},\"incomplete\":{incomplete},\
             \"undecodable\":{undecodable}}}"
        )
    }

    fn words(&self) -> String {
        let mut words = format!("{} written", counted(self.written, "record"));
        for (number, what) in [
            (self.repaired, "repaired whole"),
            (self.incomplete, "repaired without a field"),
            (self.undecodable, "with undecodable text"),
        ] {
            if number > 0 {
                words.push_str(&format!(", {number} {what}"));
            }
        }
        words
    }
}

struct Repair {
    writer: RecordWriter,
    incomplete: Option<Output>,
    undecodable: Option<Output>,
    counts: Counts,
}

impl Visit for Repair {
    fn begin(&mut self, _: &Input, format: Format) -> Result<(), Failure> {
        self.writer.begin(format);
        Ok(())
    }

    fn record(&mut self, record: &BatchRecord<'_>, session: &mut Session) -> Flow {
        let undecodable = record.undecodable();
        if !undecodable.is_empty() {
            self.counts.undecodable += 1;
            undecodable.iter().for_each(|fault| session.fault(fault));
            if let Some(output) = &mut self.undecodable {
                output.put(&record.raw())?;
                return Ok(ControlFlow::Continue(()));
            }
        }
        let is_incomplete = record.is_repaired()
            && record.faults().iter().any(|fault| fault.severity() >= Severity::LostField);
        let is_written = self.writer.write(record, session)?;
        self.counts.written += u64::from(is_written);
        self.counts.repaired += u64::from(record.is_repaired() && !is_incomplete && is_written);
        self.counts.incomplete += u64::from(is_incomplete);
        // A record that cannot be written is not lost either.
        if (is_incomplete || !is_written)
            && let Some(output) = &mut self.incomplete
        {
            output.put(&record.raw())?;
        }
        Ok(ControlFlow::Continue(()))
    }

    fn rest(&mut self) -> Result<(), Failure> {
        self.writer.push()
    }
}
