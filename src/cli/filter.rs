//! The filter of a command, which chooses among the records of its inputs.

use super::{args::WhereArgs, failure::Failure, inputs::Inputs, output::about, same_file::Files};
use crate::{
    error::escaped,
    select::{Filter, ValueSet},
};
use std::{
    fs,
    io::{self, Read},
    mem,
    path::Path,
};

/// Has only the records that match `--where` taken from the inputs, if it is there.
///
/// # Errors
/// As [`parse`].
pub(super) fn apply(
    args: &WhereArgs,
    inputs: &mut Inputs,
    files: &mut Files,
) -> Result<(), Failure> {
    if let Some(expression) = &args.expression {
        inputs.only(parse(expression, inputs, files)?);
    }
    Ok(())
}

/// Parses a filter, and reads the files of `in @FILE` in it. These are files of the command, so
/// none of its outputs replaces them. `@-` is standard input.
///
/// # Errors
/// The place of the mistake, or of the file that cannot be read.
pub(super) fn parse(text: &str, inputs: &Inputs, files: &mut Files) -> Result<Filter, Failure> {
    // Standard input has no second end.
    let mut is_taken = inputs.has_standard();
    let (mut is_unread, mut refused) = (false, None);
    let parsed = Filter::parse_with(text, |name| {
        let is_standard = name == "-";
        if is_standard && mem::replace(&mut is_taken, true) {
            return Err("standard input can be read only once".into());
        }
        let (added, values) = match is_standard {
            true => (files.read_standard(), values_of("standard input", standard())),
            false => (files.read_path(Path::new(name)), values_of(name, fs::read(name))),
        };
        refused = refused.take().or(added.err());
        is_unread = values.is_err();
        values
    });
    match (refused, parsed) {
        (Some(same), _) => Err(same),
        (None, Ok(filter)) => Ok(filter),
        (None, Err(mistake)) if is_unread => Err(Failure::Io(mistake.to_string())),
        (None, Err(mistake)) => Err(Failure::Usage(mistake.to_string())),
    }
}

fn standard() -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    io::stdin().lock().read_to_end(&mut text)?;
    Ok(text)
}

/// Returns the values in a text, or the reason why there are none, with the name of the text.
fn values_of(name: &str, text: io::Result<Vec<u8>>) -> Result<ValueSet, String> {
    let text = text.map_err(|error| about(Path::new(name), &error))?;
    ValueSet::of_lines(text).map_err(|reason| format!("{}: {reason}", escaped(name)))
}
