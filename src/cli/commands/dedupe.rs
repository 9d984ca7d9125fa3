//! `tidemarc dedupe`: one record of those with the same key.

use crate::{
    cli::{
        args::{HELP, InputArgs, OutputArgs},
        duplicates::{Hashed, Keep, Known, Place},
        duplicates_report::Report,
        failure::Failure,
        inputs::{Input, Inputs},
        output::{Output, format_of},
        record_writer::RecordWriter,
        records::{Flow, Visit, visit_projected},
        same_file::Files,
        session::Session,
        shown::counted,
        sort_key::{KeyPart, Keys, MakeKeys},
        sorter::{RunReader, RunWriter},
        temporary,
    },
    format::{Format, WriteOptions},
    output::Scratch,
    parse::BatchRecord,
};
use std::{
    io, mem,
    ops::{ControlFlow, Range},
    path::{Path, PathBuf},
};

/// Leave out records that are there twice
///
/// Records with the same key count as the same record, and one of them is written. The key is the
/// value of a selector, or the match key of Gold Rush, which compares title, year, publisher and
/// more. Text is compared without case, marks and punctuation, and control fields as they are.
/// Records without a key are written. The order of the input is kept.
#[derive(Debug, clap::Args)]
#[command(help_template = HELP, before_help = EXAMPLES)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    input: InputArgs,

    #[command(flatten)]
    output: OutputArgs,

    /// Values by which records are the same: a selector, or `goldrush`. All keys must be equal
    ///
    /// After a selector, `:exact` compares the values as they are. A record that lacks one of the
    /// keys is the same as no other.
    #[arg(long, value_name = "KEY", required = true, value_parser = KeyPart::parse_match)]
    key: Vec<KeyPart>,

    /// Record to keep of those with the same key
    #[arg(long, value_name = "WHICH", value_enum, default_value_t = Keep::First)]
    keep: Keep,

    /// List the records that were left out in FILE: CSV, or JSON Lines with the suffix .jsonl
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,

    /// Folder for the temporary file of `--keep last` and `longest` [default: $TMPDIR, or the
    /// folder of OUT]
    #[arg(long, value_name = "FOLDER")]
    tmp: Option<PathBuf>,
}

pub(in crate::cli) const EXAMPLES: &str = "\
Examples:
  tidemarc dedupe --key 001 books.mrc books.mrc -o once.mrc
  tidemarc dedupe --key goldrush books.mrc ascii.mrc -o once.mrc --report same.csv
  tidemarc dedupe --key '245$a$b' --key '008/07-10' books.mrc | tidemarc count
  tidemarc dedupe --key '020$a' --keep longest books.mrc ascii.mrc -o once.mrc
";

/// Number of bytes of the temporary file that are read at once.
const AT_ONCE: usize = 1 << 20;

/// Runs the command.
///
/// # Errors
/// Returns the reason why it ended early.
pub(in crate::cli) fn run(args: Args, session: &mut Session) -> Result<(), Failure> {
    let mut files = Files::default();
    let mut inputs = Inputs::new(&args.input, &mut files, session)?;
    let format = format_of(args.output.to, args.output.path.as_deref())?;
    let output = Output::open(args.output.path.as_deref(), &mut files)?;
    let report = args.report.as_deref().map(|path| Report::create(path, &mut files)).transpose()?;
    let folder = temporary::folder(args.tmp, &output)?;
    inputs.show_progress(!output.is_terminal(), session);
    let failure = |error: io::Error| temporary::failure(&folder, &error);
    let mut scratch = match args.keep {
        Keep::First => None,
        Keep::Last | Keep::Longest => Some(Scratch::create(&folder).map_err(failure)?),
    };
    let names: Vec<_> = args.key.iter().map(KeyPart::name).collect();
    let keys = MakeKeys::for_equality(args.key, inputs.text());
    let mut dedupe = Dedupe {
        target: Target {
            writer: RecordWriter::new(output, format, WriteOptions::new()),
            known: Known::new(args.keep, report.is_some()),
            report,
            inputs: Vec::new(),
            left_out: 0,
        },
        spool: scratch.as_mut().map(RunWriter::new),
        folder: &folder,
        keys: Keys::default(),
        record: Vec::new(),
        place: Vec::new(),
        serial: 0,
        without: 0,
    };
    visit_projected(&mut inputs, session, &keys, &mut dedupe)?;
    session.console.clear();
    let Dedupe { mut target, spool, without, .. } = dedupe;
    let written = spool.map(RunWriter::finish).transpose().map_err(failure)?;
    if let (Some(scratch), Some(written)) = (scratch, written) {
        target.write_spooled(&scratch, written, &folder)?;
    }
    let left_out = target.left_out;
    target.writer.commit(session)?;
    target.report.map_or(Ok(()), Report::commit)?;
    session.console.say(&format!("{} left out", counted(left_out, "duplicate")));
    if without > 0 {
        let names = names.join(" and ");
        session.console.say(&format!("{} without {names}, kept", counted(without, "record")));
    }
    Ok(())
}

/// The outputs, and the records that are known.
struct Target {
    writer: RecordWriter,
    known: Known,
    report: Option<Report>,
    /// The names of the inputs so far.
    inputs: Vec<String>,
    /// Number of records that were left out.
    left_out: u64,
}

impl Target {
    /// Counts a record that is left out, and reports it.
    fn leave_out(&mut self, key: &[u8], hashed: Hashed, place: &Place) -> Result<(), Failure> {
        self.left_out += 1;
        match (&mut self.report, self.known.place(hashed)) {
            (Some(report), Some(kept)) => report.row(key, &self.inputs, place, kept),
            _ => Ok(()),
        }
    }

    /// Writes the records of the temporary file that are kept.
    fn write_spooled(
        &mut self,
        scratch: &Scratch,
        written: Range<u64>,
        folder: &Path,
    ) -> Result<(), Failure> {
        let mut reader = RunReader::new(written, AT_ONCE);
        let mut serial = 0;
        while reader.advance(scratch).map_err(|error| temporary::failure(folder, &error))? {
            let (about, record) = reader.item();
            // A record without a key has no place either.
            let kept = match Place::read(about) {
                Some((place, key)) => {
                    let hashed = Hashed::of(key);
                    let is_kept = self.known.keeps(hashed, serial);
                    if !is_kept {
                        self.leave_out(key, hashed, &place)?;
                    }
                    is_kept
                }
                None => true,
            };
            if kept {
                self.writer.join_later(record)?;
            }
            serial += 1;
        }
        Ok(())
    }
}

/// The command while it reads.
struct Dedupe<'s> {
    target: Target,
    /// The records in the order of the input, if it is known at the end which are kept: each with
    /// its place and key.
    spool: Option<RunWriter<'s>>,
    /// The folder of the temporary file.
    folder: &'s Path,
    /// The keys of the records that follow.
    keys: Keys,
    /// A record, and its place and key; kept for their capacity.
    record: Vec<u8>,
    place: Vec<u8>,
    /// Number of records so far.
    serial: u64,
    /// Number of records without a key.
    without: u64,
}

impl Visit<MakeKeys> for Dedupe<'_> {
    fn begin(&mut self, input: &Input, format: Format) -> Result<(), Failure> {
        self.target.writer.begin(format);
        self.target.inputs.push(input.name());
        Ok(())
    }

    fn projected(&mut self, keys: &mut Keys) {
        mem::swap(&mut self.keys, keys);
    }

    fn record(&mut self, record: &BatchRecord<'_>, session: &mut Session) -> Flow {
        let key = self.keys.next();
        let input = self.target.inputs.len() as u32 - 1;
        let place = key.has_all.then(|| Place::of(record, input));
        let hashed = Hashed::of(key.bytes);
        let length = record.as_bytes().len();
        if let Some(spool) = &mut self.spool {
            if !self.target.writer.lay_out_into(record, &mut self.record, session) {
                return Ok(ControlFlow::Continue(()));
            }
            self.place.clear();
            if let Some(place) = &place {
                place.write(key.bytes, &mut self.place);
                self.target.known.add(hashed, self.serial, length, place);
            }
            let spooled = spool.push(&self.place, &self.record);
            spooled.map_err(|error| temporary::failure(self.folder, &error))?;
        } else if let Some(place) = place {
            if self.target.known.has(hashed) {
                self.target.leave_out(key.bytes, hashed, &place)?;
                return Ok(ControlFlow::Continue(()));
            }
            // A record that cannot be written does not stand for others.
            if !self.target.writer.write(record, session)? {
                return Ok(ControlFlow::Continue(()));
            }
            self.target.known.add(hashed, self.serial, length, &place);
        } else if !self.target.writer.write(record, session)? {
            return Ok(ControlFlow::Continue(()));
        }
        self.serial += 1;
        self.without += u64::from(!key.has_all);
        Ok(ControlFlow::Continue(()))
    }

    fn rest(&mut self) -> Result<(), Failure> {
        self.target.writer.push()
    }
}
