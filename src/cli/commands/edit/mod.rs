//! `tidemarc edit`: the same changes to many records.

mod arguments;
mod difference;
mod editor;
mod in_place;
mod summary;

use crate::{
    cli::{
        args::{HELP, InputArgs, OutputArgs},
        failure::Failure,
        filter,
        inputs::Inputs,
        output::{Output, format_of},
        quarantine::has_contents,
        record_writer::RecordWriter,
        same_file::Files,
        session::Session,
        shown,
    },
    edit::Edits,
    format::WriteOptions,
};
use arguments::EditArgs;
use difference::Differences;
use editor::Editor;
use in_place::InPlace;
use std::sync::Arc;

/// Edit records: delete, add, set and replace fields, subfields, indicators and positions
///
/// An edit is `--delete`, `--add`, `--add-subfield`, `--set`, `--replace` or `--sort-fields`. Several
/// edits are applied in the order of the command line. TARGET is a selector: `650`, `9XX`, `245$a`,
/// `650^2` (the second indicator), `008/35-37`. In a new field, `#` is a blank indicator and
/// `{dollar}` a dollar sign. Put everything with a `$` in single quotes: elsewhere the shell takes
/// `$a` for a variable, and `020$c` becomes `020`. `--dry-run` shows the changes and writes nothing.
///
/// Records without a change are written byte for byte. Records that cannot be edited, for example
/// because their encoding does not have a new character, are reported and written without a change.
#[derive(Debug, clap::Args)]
#[command(
    help_template = HELP,
    before_help = EXAMPLES,
    override_usage = "tidemarc edit [OPTIONS] <EDIT>... [FILE]..."
)]
pub(in crate::cli) struct Args {
    // The help shows the edits first.
    #[command(flatten)]
    edits: EditArgs,

    #[command(flatten)]
    input: InputArgs,

    /// Edit only the records that match an expression, such as '650 and not 856'
    ///
    /// The other records are written without a change. `tidemarc filter --help` has examples of
    /// expressions.
    #[arg(long = "where", value_name = "EXPR")]
    only: Option<String>,

    /// Write nothing, and show the changes of the first 10 records, or of N
    #[arg(
        long,
        value_name = "N",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "10"
    )]
    dry_run: Option<u64>,

    #[command(flatten)]
    output: OutputArgs,

    /// Replace each file by its edited records, once they are complete
    ///
    /// A file with damaged records is replaced only with --backup or --quarantine, since they are
    /// left out.
    #[arg(long, conflicts_with_all = ["path", "to"])]
    in_place: bool,

    /// Keep the old file under its name and SUFFIX [default: .bak]
    #[arg(
        long,
        value_name = "SUFFIX",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = in_place::BACKUP,
        requires = "in_place"
    )]
    backup: Option<String>,
}

pub(in crate::cli) const EXAMPLES: &str = r"Examples:
  tidemarc edit --delete 9XX --add '040 $dXXX' books.mrc -o edited.mrc
  tidemarc edit --dry-run --set '245^1=1' --where 100 books.mrc
  tidemarc edit --replace '856$u' '/^http:/' https: books.mrc -o edited.mrc
  tidemarc edit --set 'LDR/5=c' --set '008/35-37=eng' books.mrc -o edited.mrc
  tidemarc edit --delete '650{^2=\7}' --delete '020$c' --sort-fields books.mrc -o edited.mrc
  tidemarc edit --in-place --backup --add-subfield '040 $dXXX' books.mrc
";

/// Runs the command.
///
/// # Errors
/// Returns the reason why it ended early.
pub(in crate::cli) fn run(args: Args, session: &mut Session) -> Result<(), Failure> {
    let mut files = Files::default();
    let is_dry = args.dry_run.is_some();
    let mut input = args.input;
    // Nothing is written.
    input.quarantine = input.quarantine.filter(|_| !is_dry);
    let mut inputs = Inputs::new(&input, &mut files, session)?;
    if let Some(path) = &input.quarantine
        && args.in_place
        && has_contents(path)
    {
        // With this edit, the damaged records of an earlier one are nowhere else.
        return Err(Failure::Usage(format!(
            "{0} has the damaged records of an earlier run, and may be the only place for them: move \
             {0}, or name another file for the quarantine",
            shown::path(path)
        )));
    }
    let edits = Edits::new(args.edits.0);
    let edits = Arc::new(match &args.only {
        Some(expression) => edits.only(filter::parse(expression, &inputs, &mut files)?),
        None => edits,
    });
    let differences =
        args.dry_run.map(|most| Differences::open(most, &mut files, session)).transpose()?;
    let mut editor = Editor::new(edits, inputs.text(), differences);
    if args.in_place {
        let in_place = InPlace::check(&inputs, &mut files, args.backup.as_deref())?;
        inputs.show_progress(true, session);
        in_place.run(&mut editor, &inputs, &files, session)?;
    } else {
        let path = args.output.path.as_deref();
        let format = format_of(args.output.to, path)?;
        let output = match is_dry {
            true => Output::nowhere(&files)?,
            false => Output::open(path, &mut files)?,
        };
        inputs.show_progress(!output.is_terminal() && !is_dry, session);
        let mut writer = RecordWriter::new(output, format, WriteOptions::new());
        for input in inputs.list() {
            editor.edit(&inputs, &input, &mut writer, None, session)?;
        }
        session.console.clear();
        writer.commit(session)?;
    }
    editor.end(args.in_place && inputs.list().len() == 1, session)
}
