//! The edits on the command line, in their order.
//!
//! `clap` derives no order between different options, so this file asks for the index of each.

use crate::edit::Edit;
use clap::{
    Arg, ArgAction, ArgGroup, ArgMatches, Command, Error, FromArgMatches, builder::ValueParser,
    error::ErrorKind,
};
use std::path::Path;

/// The edits, in the order of the command line.
#[derive(Debug)]
pub(super) struct EditArgs(pub(super) Vec<Edit>);

/// Heading of the options in the help.
const HEADING: &str = "Edits, applied in their order on the command line";

/// An option with one argument, which is an edit.
struct Kind {
    name: &'static str,
    argument: &'static str,
    help: &'static str,
    parse: fn(&str) -> Result<Edit, crate::edit::EditError>,
}

const KINDS: [Kind; 4] = [
    Kind {
        name: "delete",
        argument: "TARGET",
        help: "Delete fields (`9XX`, `650{^2=\\7}`) or subfields (`020$c`)",
        parse: Edit::delete,
    },
    Kind {
        name: "add",
        argument: "FIELD",
        help: "Add a field: `040 $dXXX`, `650 #0$aWhales`, `003 DLC`",
        parse: Edit::add,
    },
    Kind {
        name: "add-subfield",
        argument: "FIELDS",
        help: "Add subfields at the end of fields: `040 $dXXX`, `650{^2=\\7} $2fast`",
        parse: Edit::add_subfields,
    },
    Kind {
        name: "set",
        argument: "TARGET=VALUE",
        help: "Set an indicator (`245^1=1`), positions (`008/35-37=eng`, `LDR/5=c`), a control \
               field (`003=DLC`) or subfields (`040$b=eng`), where they exist",
        parse: Edit::set,
    },
];

const REPLACE: &str = "replace";
const SORT: &str = "sort-fields";

impl clap::Args for EditArgs {
    fn augment_args(command: Command) -> Command {
        let option = |name: &'static str| {
            Arg::new(name).long(name).help_heading(HEADING).allow_hyphen_values(true)
        };
        let command = KINDS.into_iter().fold(command, |command, kind| {
            command.arg(
                option(kind.name)
                    .value_name(kind.argument)
                    .help(kind.help)
                    .action(ArgAction::Append)
                    .value_parser(ValueParser::new(kind.parse)),
            )
        });
        command
            .arg(
                option(REPLACE)
                    .value_names(["TARGET", "/RE/", "TEXT"])
                    .num_args(3)
                    .help("Replace what a regular expression matches: `856$u` `/^http:/` `https:`")
                    .long_help(
                        "Replace what a regular expression matches: `856$u` `/^http:/` `https:`\n\n\
                         `/RE/i` ignores case. In TEXT, `$1` is a group of the expression, and \
                         `$$` a dollar sign. A field such as `650` stands for the values of its \
                         subfields.",
                    )
                    .action(ArgAction::Append),
            )
            .arg(
                Arg::new(SORT)
                    .long(SORT)
                    .help_heading(HEADING)
                    .help("Sort the fields by their tags")
                    .action(ArgAction::SetTrue),
            )
            .group(
                ArgGroup::new("edits")
                    .args(KINDS.iter().map(|kind| kind.name).chain([REPLACE, SORT]))
                    .required(true)
                    .multiple(true),
            )
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for EditArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let mut edits: Vec<(usize, Edit)> = Vec::new();
        for Kind { name, .. } in KINDS {
            let given = matches.get_many::<Edit>(name).unwrap_or_default().cloned();
            edits.extend(matches.indices_of(name).unwrap_or_default().zip(given));
        }
        let indices = matches.indices_of(REPLACE).unwrap_or_default().step_by(3);
        let given = matches.get_occurrences::<String>(REPLACE).unwrap_or_default();
        for (index, mut arguments) in indices.zip(given) {
            let mut next = || arguments.next().map(String::as_str).unwrap_or_default();
            let (target, pattern, text) = (next(), next(), next());
            let refused = |reason: String| {
                Error::raw(
                    ErrorKind::ValueValidation,
                    format!("invalid value for '--replace <TARGET> </RE/> <TEXT>': {reason}\n"),
                )
            };
            // With two arguments, the third is the first of the files.
            if Path::new(text).is_file() {
                return Err(refused(format!(
                    "TEXT is the name of a file: {text}\nThe option has three arguments: \
                     --replace '856$u' '/^http:/' 'https:'"
                )));
            }
            let edit =
                Edit::replace(target, pattern, text).map_err(|error| refused(error.to_string()))?;
            edits.push((index, edit));
        }
        if matches.get_flag(SORT) {
            edits.extend(matches.index_of(SORT).map(|index| (index, Edit::sort_fields())));
        }
        edits.sort_by_key(|(index, _)| *index);
        Ok(Self(edits.into_iter().map(|(_, edit)| edit).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
