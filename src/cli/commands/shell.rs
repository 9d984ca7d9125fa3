//! `tidemarc completions` and `tidemarc man`: help outside of the command itself.

use crate::cli::{
    args::HELP, entry::Cli, failure::Failure, output::Output, same_file::Files, session::Session,
    shown,
};
use clap::{CommandFactory, ValueEnum};
use clap_complete::Shell;
use clap_mangen::{
    Man,
    roff::{Roff, roman},
};
use std::{
    io,
    path::{Path, PathBuf},
};

/// Write the completions of a shell, to be stored where the shell looks for them
#[derive(Debug, clap::Args)]
#[command(help_template = HELP, before_help = COMPLETIONS_EXAMPLES)]
pub(in crate::cli) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    shell: ShellName,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ShellName {
    Bash,
    Zsh,
    Fish,
}

pub(in crate::cli) const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  tidemarc completions bash > tidemarc.bash       # then: source tidemarc.bash
  tidemarc completions zsh > _tidemarc            # in a folder of $fpath
  tidemarc completions fish > tidemarc.fish       # in ~/.config/fish/completions
";

/// Write the manual pages: one for each command, in a folder
#[derive(Debug, clap::Args)]
#[command(help_template = HELP, before_help = MAN_EXAMPLES)]
pub(in crate::cli) struct ManArgs {
    /// An existing folder; without it, the page of `tidemarc` itself goes to standard output
    folder: Option<PathBuf>,
}

pub(in crate::cli) const MAN_EXAMPLES: &str = "\
Examples:
  tidemarc man > tidemarc.1                       # then: man ./tidemarc.1
  tidemarc man .                                  # tidemarc.1, tidemarc-count.1 and so on
";

/// Writes completions.
///
/// # Errors
/// Returns errors of the output.
pub(in crate::cli) fn completions(args: &CompletionsArgs, _: &mut Session) -> Result<(), Failure> {
    let shell = match args.shell {
        ShellName::Bash => Shell::Bash,
        ShellName::Zsh => Shell::Zsh,
        ShellName::Fish => Shell::Fish,
    };
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "tidemarc", &mut script);
    let mut output = Output::open(None, &mut Files::default())?;
    output.put(&script)?;
    output.commit()
}

/// Writes manual pages.
///
/// # Errors
/// Returns errors of the outputs.
pub(in crate::cli) fn man(args: &ManArgs, _: &mut Session) -> Result<(), Failure> {
    let mut cli = Cli::command();
    cli.build();
    let Some(folder) = &args.folder else {
        return write(Output::open(None, &mut Files::default())?, cli, "tidemarc");
    };
    if !folder.is_dir() {
        return Err(Failure::Usage(format!("{}: not a folder", shown::path(folder))));
    }
    let is_ours = |command: &&clap::Command| command.get_name() != "help";
    for command in cli.get_subcommands().filter(is_ours) {
        page(folder, command.clone(), &format!("tidemarc-{}", command.get_name()))?;
    }
    page(folder, cli, "tidemarc")
}

fn page(folder: &Path, command: clap::Command, name: &str) -> Result<(), Failure> {
    let path = folder.join(format!("{name}.1"));
    write(Output::create(&path, &mut Files::default())?, command, name)
}

fn write(mut output: Output, command: clap::Command, name: &str) -> Result<(), Failure> {
    let examples = command.get_before_help().map(ToString::to_string);
    let has_commands = command.has_subcommands();
    let man = Man::new(command.display_name(name)).title(name);
    let rendered = render(&man, examples.as_deref(), has_commands, &mut output);
    rendered.map_err(|error| output.failure(&error))?;
    output.commit()
}

/// Writes a page, with the examples before the options.
fn render(
    man: &Man,
    examples: Option<&str>,
    has_commands: bool,
    output: &mut impl io::Write,
) -> io::Result<()> {
    man.render_title(output)?;
    man.render_name_section(output)?;
    man.render_synopsis_section(output)?;
    man.render_description_section(output)?;
    if let Some(examples) = examples {
        let mut roff = Roff::new();
        roff.control("SH", ["EXAMPLES"]).control("nf", []);
        for line in examples.lines().skip(1) {
            roff.text([roman(line.trim_start())]);
        }
        roff.control("fi", []).to_writer(output)?;
    }
    man.render_options_section(output)?;
    if has_commands {
        man.render_subcommands_section(output)?;
    }
    man.render_extra_section(output)
}
