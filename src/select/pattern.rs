//! Regular expressions, as users write them between slashes.

use regex::{Regex, RegexBuilder};
use std::{
    format,
    string::{String, ToString},
};

/// The reason why a regular expression cannot be used, and the offset in it.
pub(crate) type Mistake = (usize, String);

/// Compiles the regular expression that stands between slashes.
///
/// # Errors
/// Returns the first mistake.
pub(crate) fn compile(source: &str, ignores_case: bool) -> Result<Regex, Mistake> {
    if let Err(error) = regex_syntax::Parser::new().parse(source) {
        let (offset, reason) = match &error {
            regex_syntax::Error::Parse(error) => {
                (error.span().start.offset, error.kind().to_string())
            }
            regex_syntax::Error::Translate(error) => {
                (error.span().start.offset, error.kind().to_string())
            }
            _ => (0, error.to_string()),
        };
        return Err((offset, format!("the regular expression is wrong: {reason}")));
    }
    let regex = RegexBuilder::new(source).case_insensitive(ignores_case).build();
    regex.map_err(|error| (0, format!("the regular expression is too large: {error}")))
}
