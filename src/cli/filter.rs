//! The filter of a command, which chooses among the records of its inputs.

use super::{args::WhereArgs, failure::Failure, inputs::Inputs, list_file, same_file::Files};
use crate::{
    error::escaped,
    select::{Filter, ValueSet},
};
use std::mem;

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

/// Parses a filter, and reads the lists of `in @FILE` in it.
///
/// # Errors
/// The place of the mistake, or of the file that cannot be read.
pub(super) fn parse(text: &str, inputs: &Inputs, files: &mut Files) -> Result<Filter, Failure> {
    // Standard input has no second end.
    let mut is_taken = inputs.has_standard();
    let (mut is_unread, mut refused) = (false, None);
    let parsed = Filter::parse_with(text, |name| {
        if name == "-" && mem::replace(&mut is_taken, true) {
            return Err("standard input can be read only once".into());
        }
        let values = match list_file::read(name, files) {
            Ok(text) => values_of(name, text),
            Err(Failure::Io(reason)) => Err(reason),
            Err(same) => {
                refused.get_or_insert(same);
                Err(String::new())
            }
        };
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

/// Returns the values in a list, or the reason why there are none.
fn values_of(name: &str, text: Vec<u8>) -> Result<ValueSet, String> {
    let name = if name == "-" { "standard input" } else { name };
    ValueSet::of_lines(text).map_err(|reason| format!("{}: {reason}", escaped(name)))
}
