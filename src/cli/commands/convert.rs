//! `tidemarc convert`: from one format or encoding to another.

use crate::{
    cli::{
        args::{HELP, InputArgs, OutputArgs, WhereArgs, encoding},
        failure::Failure,
        filter,
        inputs::{Input, Inputs},
        output::{Output, format_of},
        record_writer::refusal,
        records::{Run, report_batch},
        same_file::Files,
        session::Session,
        shown::{self, counted},
    },
    convert::{Conversion, ConvertError, Layout},
    encoding::{Encoding, ErrorPolicy},
    format::{Controls, Format, NormalForm, NoteKind, Overlong, WriteError, WriteOptions, Writer},
};
use clap::ValueEnum;
use std::{fmt::Write as _, ops::ControlFlow, path::PathBuf};

/// Convert records to another format, encoding or normal form
///
/// Content that the new format cannot hold is counted and reported, by kind. If a record cannot be
/// written at all, it is reported and left out.
#[derive(Debug, clap::Args)]
#[command(
    help_template = HELP,
    before_help = EXAMPLES,
    mut_arg("to", |to| to.help("Format to write [default: by the suffix of OUT]"))
)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    input: InputArgs,

    #[command(flatten)]
    only: WhereArgs,

    #[command(flatten)]
    output: OutputArgs,

    /// Encoding of records in ISO 2709: utf8 or marc8 [default: each record keeps its own]
    ///
    /// The other formats are always written in UTF-8.
    #[arg(long, value_name = "ENCODING", value_parser = encoding)]
    encoding: Option<Encoding>,

    /// Compose letters and their marks: one character for é (Unicode NFC)
    #[arg(long, conflicts_with = "nfd")]
    nfc: bool,

    /// Decompose letters and their marks: e and a mark for é (Unicode NFD)
    #[arg(long)]
    nfd: bool,

    /// Treatment of undecodable bytes, and of characters that the encoding does not have
    #[arg(long, value_name = "HOW", value_enum, default_value_t)]
    undecodable: Undecodable,

    /// Treatment of control characters that the format cannot hold
    #[arg(long, value_name = "HOW", value_enum, default_value_t)]
    controls: ControlsArg,

    /// Treatment of records that are too long for ISO 2709
    #[arg(long, value_name = "HOW", value_enum, default_value_t)]
    overlong: OverlongArg,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Undecodable {
    /// The record is reported and left out
    #[default]
    Refuse,
    /// U+FFFD stands in their place
    Replace,
    /// They are left out
    Drop,
    /// `\xe9` stands in their place
    Escape,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum ControlsArg {
    /// The record is reported and left out
    #[default]
    Refuse,
    /// U+FFFD stands in their place
    Replace,
    /// They are left out
    Drop,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum OverlongArg {
    /// The record is reported and left out
    #[default]
    Refuse,
    /// Fields and records are split
    Split,
}

pub(in crate::cli) const EXAMPLES: &str = "\
Examples:
  tidemarc convert --to marcxml books.mrc > books.xml
  tidemarc convert books.mrc -o books.mrk         # the suffix is the format
  tidemarc convert --encoding utf8 --nfc ascii.mrc -o utf8.mrc
  tidemarc convert --to line books.mrc | head -20
  tidemarc convert --to jsonl books.mrc | grep -c Whales || true
";

/// Runs the command.
///
/// # Errors
/// Returns the reason why it ended early.
pub(in crate::cli) fn run(args: Args, session: &mut Session) -> Result<(), Failure> {
    let mut files = Files::default();
    let mut inputs = match Inputs::new(&args.input, &mut files, session) {
        Err(Failure::Io(reason)) if args.output.path.is_none() => {
            return Err(Failure::Io(with_output(reason, &args.input.files)));
        }
        inputs => inputs?,
    };
    filter::apply(&args.only, &mut inputs, &mut files)?;
    let options = options_of(&args);
    let format = format_of(args.output.to, args.output.path.as_deref())?;
    let Some(format) = format.or_else(|| args.encoding.map(|_| Format::Iso2709)) else {
        return Err(Failure::Usage(
            "name the format with --to, or an output file whose suffix is the format: \
             `tidemarc convert --to marcxml …`"
                .into(),
        ));
    };
    if let Some(encoding) = args.encoding.filter(|_| format != Format::Iso2709)
        && encoding != Encoding::Utf8
    {
        return Err(Failure::Usage(format!(
            "--encoding is for records of iso2709: {} is written in UTF-8, not in {encoding}",
            format.name()
        )));
    }
    let output = Output::open(args.output.path.as_deref(), &mut files)?;
    output.check_terminal(format)?;
    inputs.show_progress(!output.is_terminal(), session);
    let name = output.name().to_owned();
    let options = options.compression(output.compression());
    let mut writer = Writer::with_options(output, format, options);
    for input in inputs.list() {
        let Some(reader) = inputs.open(&input, session)? else { continue };
        let is_strict = inputs.is_strict();
        // Records of a pipe are passed on as they arrive.
        let may_wait = reader.stats().total_bytes.is_none();
        let layout = Layout::new(&reader, &writer, is_strict);
        let mut done = Conversion::new(format);
        let mut run = Run { input: &input, is_strict, session };
        let (_, _) = run.batches(reader, layout, |batch, part, _, session| {
            let mut written = part.write(&mut writer);
            if may_wait {
                written = written.and_then(|()| writer.flush());
            }
            written.map_err(|error| failure(&name, &error))?;
            done.add(part);
            let mut refused = part.take_skipped(batch).filter_map(refused_record).peekable();
            if batch.is_undamaged() && refused.peek().is_none() {
                return Ok(ControlFlow::Continue(()));
            }
            report_batch(batch, is_strict, session, |record, session| {
                match refused.next_if(|(number, _)| *number == record.number()) {
                    Some((_, error)) if is_strict => {
                        return Err(Failure::Refused(format!("{}: {error}", record.place())));
                    }
                    Some((_, error)) => session.refused(&refusal(record, &error)),
                    None => {}
                }
                Ok(())
            })?;
            Ok(ControlFlow::Continue(()))
        })?;
        report(&done, &input, session);
    }
    writer.finish().map_err(|error| failure(&name, &error))?.commit()
}

/// Adds a hint to the reason why a file cannot be read, if it seems to be the output.
fn with_output(reason: String, files: &[PathBuf]) -> String {
    match files {
        [_, .., last] if !last.exists() => {
            format!("{reason}\nAn output is named with -o: `-o {}`", shown::path(last))
        }
        _ => reason,
    }
}

/// Returns the number of a record that the format cannot hold, and the reason.
fn refused_record(skipped: ConvertError) -> Option<(u64, WriteError)> {
    match skipped {
        ConvertError::Refused { record, error, .. } => Some((record, error)),
        _ => None,
    }
}

/// Returns the failure of an output with this name.
fn failure(name: &str, error: &WriteError) -> Failure {
    Failure::of_write(name, error).unwrap_or_else(|| Failure::Refused(error.to_string()))
}

fn options_of(args: &Args) -> WriteOptions {
    let mut options = WriteOptions::new()
        .encoding_errors(match args.undecodable {
            Undecodable::Refuse => ErrorPolicy::Strict,
            Undecodable::Replace => ErrorPolicy::Replace,
            Undecodable::Drop => ErrorPolicy::Ignore,
            Undecodable::Escape => ErrorPolicy::BackslashReplace,
        })
        .controls(match args.controls {
            ControlsArg::Refuse => Controls::Error,
            ControlsArg::Replace => Controls::Replace,
            ControlsArg::Drop => Controls::Skip,
        })
        .overlong(match args.overlong {
            OverlongArg::Refuse => Overlong::Error,
            OverlongArg::Split => Overlong::Split,
        });
    if let Some(encoding) = args.encoding {
        options = options.encoding(encoding);
    }
    match (args.nfc, args.nfd) {
        (true, _) => options.normalize(NormalForm::Nfc),
        (_, true) => options.normalize(NormalForm::Nfd),
        _ => options,
    }
}

/// Reports the losses of a conversion by kind, and the number of refused records.
fn report(done: &Conversion, input: &Input, session: &mut Session) {
    let is_loss = |kind: NoteKind| crate::format::Note::new(kind).is_loss();
    let mut words = vec![format!("{} written", counted(done.records(), "record"))];
    if done.refused() > 0 {
        words.push(format!("{} left out", counted(done.refused(), "refused record")));
    }
    for (kind, count) in done.notes().filter(|(kind, _)| is_loss(*kind)) {
        words.push(format!("{}: {count}", kind.name().replace('_', " ")));
    }
    let is_whole = words.len() == 1 && done.faults() == 0;
    // Without a leader, the type of a record is not known.
    let leaders = done.notes().find(|(kind, _)| *kind == NoteKind::LeaderMissing);
    if let Some((_, count)) = leaders {
        words.push(format!("{} without a leader, which is blank", counted(count, "record")));
    }
    match (is_whole, leaders) {
        (true, None) => return,
        (true, Some(_)) => {}
        (false, _) => session.find(),
    }
    let json = || {
        let mut json = format!(
            "{{\"source\":{},\"records\":{},\"faults\":{},\"refused\":{},\"losses\":{}",
            crate::error::quoted(&input.name()),
            done.records(),
            done.faults(),
            done.refused(),
            done.losses()
        );
        for (kind, count) in done.notes() {
            // Writing to a string does not fail.
            let _ = write!(json, ",\"{}\":{count}", kind.name());
        }
        json + "}"
    };
    session.console.json_or(json, || format!("{}: {}", input.shown(), words.join("; ")));
}
