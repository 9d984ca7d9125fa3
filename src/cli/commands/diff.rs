//! `tidemarc diff`: the differences between two files.

use crate::{
    cli::{
        args::{Errors, HELP, InputArgs, selector},
        console::{Console, has_colour},
        diff::{Change, Html, Json, Paired, Rule, Side, Text, changes, pair},
        failure::Failure,
        inputs::Inputs,
        output::Output,
        pager::Paged,
        same_file::Files,
        session::Session,
    },
    select::{Selector, TagPattern},
};
use std::{io, path::PathBuf, sync::Arc};

/// Compare two files: which records were added, removed or changed?
///
/// Records with the same control number (001) are compared field by field, as text: the formats and
/// the encodings of the files may differ. The order of the records does not count. Positions of the
/// leader that only describe the layout (00-04, 09-16, 20-23) are not compared. The status is 0 if
/// the files are equal, and 1 if they differ.
#[derive(Debug, clap::Args)]
#[command(
    help_template = HELP,
    before_help = EXAMPLES,
    mut_arg("files", |files| {
        // One occurrence has both values. Otherwise the usage would end with dots.
        let files = files.action(clap::ArgAction::Set).num_args(2).required(true);
        files.value_names(["A", "B"]).help(FILES).long_help(FILES)
    })
)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    input: InputArgs,

    /// Find the records that belong together by this selector [default: 001]
    #[arg(long, value_name = "SELECTOR", value_parser = selector)]
    key: Option<Selector>,

    /// Do not compare fields with this tag: 005, 9XX, or LDR for the leader; may be given several
    /// times
    #[arg(long, value_name = "TAG")]
    ignore: Vec<TagPattern>,

    /// Do not compare the order of the fields in a record
    #[arg(long)]
    ignore_order: bool,

    /// Treat composed and decomposed letters as the same: é, and e with a mark
    #[arg(long)]
    nfc: bool,

    /// Show only the numbers of equal and different records
    #[arg(long)]
    summary: bool,

    /// Write the differences to a page of HTML, and show only the numbers
    #[arg(long, value_name = "REPORT.html")]
    html: Option<PathBuf>,

    /// File to write the result to [default: standard output]
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,

    /// Do not start a pager
    #[arg(long)]
    no_pager: bool,
}

/// The help of the two files.
const FILES: &str = "Two files to compare: the older and the newer; `-` is standard input";

pub(in crate::cli) const EXAMPLES: &str = "\
Examples:
  tidemarc cat books.mrc -o copy.mrc
  tidemarc diff books.mrc copy.mrc                # equal: the status is 0
  tidemarc diff books.mrc books-damaged.mrc       # changed, removed and added records
  tidemarc diff --ignore 005 --ignore 9XX books.mrc copy.mrc
  tidemarc diff --html report.html books.mrc books-damaged.mrc
  tidemarc convert --to xml books.mrc | tidemarc diff books.mrc -
";

/// Runs the command.
///
/// # Errors
/// Returns the reason why it ended early.
pub(in crate::cli) fn run(args: Args, session: &mut Session) -> Result<(), Failure> {
    let mut files = Files::default();
    let mut inputs = Inputs::new(&args.input, &mut files, session)?;
    let list = inputs.list();
    let [one, other] = &list[..] else {
        let reason = format!("these arguments stand for {} files: name two", list.len());
        return Err(Failure::Usage(reason));
    };
    let output = Output::open_report(args.output.as_deref(), &mut files)?;
    let html = Output::open_named_report(args.html.as_deref(), &mut files)?;
    inputs.show_progress(true, session);
    let is_strict = inputs.is_strict();
    // A file that cannot be read to its end cannot be compared.
    inputs.errors = Errors::Strict;
    let rule = Arc::new(Rule {
        key: args.key,
        ignored: args.ignore,
        ignores_order: args.ignore_order,
        composes: args.nfc,
        text: inputs.text(),
    });
    let mut one = Side::read(one, &inputs, &rule, is_strict, session)?;
    let mut other = Side::read(other, &inputs, &rule, is_strict, session)?;
    let paired = pair(&mut one, &mut other);
    session.console.clear();
    if paired.sums.has_differences() {
        session.find();
    }
    let has_colours = args.output.is_none() && has_colour(&io::stdout());
    let is_short = args.summary || html.is_some();
    let mut result = Results {
        is_json: session.console.is_json(),
        text: Text::new(has_colours, names(&one, &other)),
        paged: Paged::new(output, !args.no_pager && !is_short),
        html,
        is_short,
    };
    let (options, _) = inputs.builder().options();
    let threads = options.threads();
    result.write(&one, &other, &paired, args.ignore_order, threads, &session.console)?;
    let Results { html, paged, .. } = result;
    if let Some(html) = html {
        html.commit()?;
    }
    paged.commit()
}

fn names(one: &Side, other: &Side) -> [String; 2] {
    [one, other].map(|side| side.name().to_owned())
}

/// The outputs of a comparison.
struct Results {
    is_json: bool,
    text: Text,
    paged: Paged,
    html: Option<Output>,
    /// True if only the counts are shown.
    is_short: bool,
}

impl Results {
    fn write(
        &mut self,
        one: &Side,
        other: &Side,
        paired: &Paired,
        ignores_order: bool,
        threads: usize,
        console: &Console,
    ) -> Result<(), Failure> {
        if let Some(html) = &mut self.html {
            html.put(Html::new(names(one, other)).begin(&paired.sums).as_bytes())?;
        }
        if !self.is_short || self.html.is_some() {
            let (html, paged) = (&mut self.html, &mut self.paged);
            let (is_page, is_json, text) = (html.is_some(), self.is_json, &self.text);
            let show = |change: &Change<'_>| match is_json {
                _ if is_page => Html::change(change),
                true => Json::change(change),
                false => text.change(change),
            };
            changes([one, other], paired, ignores_order, threads, show, |shown| match html {
                Some(html) => html.put(shown.as_bytes()),
                None => paged.put(shown.as_bytes(), console),
            })?;
        }
        if let Some(html) = &mut self.html {
            html.put(Html::end().as_bytes())?;
        }
        let sums = match self.is_json {
            true => Json::sums(&paired.sums),
            false => self.text.sums(&paired.sums),
        };
        self.paged.put(sums.as_bytes(), console)
    }
}
