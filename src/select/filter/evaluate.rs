//! The evaluation of a filter on one record.
//!
//! A part of a filter is true, false, or unknown because of an undecodable field. An `and` with a
//! false part is false and an `or` with a true part is true, whatever is unknown. So the result
//! does not depend on the order of the parts.

use super::{
    super::evaluate::{TextSource, Undecodable},
    node::{Node, Question, Source, Test},
};
use crate::record::AsRecord;
use std::ops::ControlFlow;

/// True or false; unknown because of an undecodable field.
type Truth = Result<bool, Undecodable>;

/// Returns true if a record matches.
pub(super) fn matches<'r>(
    node: &Node,
    record: &'r impl AsRecord,
    text_of: TextSource<'_, 'r>,
) -> Truth {
    match node {
        Node::All(nodes) => until(false, nodes, record, text_of),
        Node::Any(nodes) => until(true, nodes, record, text_of),
        Node::Not(node) => matches(node, record, text_of).map(|is_match| !is_match),
        Node::Test(test) => answer(test, record, text_of),
    }
}

/// Returns `decisive` if one of the nodes has that result.
fn until<'r>(
    decisive: bool,
    nodes: &[Node],
    record: &'r impl AsRecord,
    text_of: TextSource<'_, 'r>,
) -> Truth {
    let mut result = Ok(!decisive);
    for node in nodes {
        match matches(node, record, text_of) {
            Ok(found) if found == decisive => return Ok(decisive),
            Ok(_) => {}
            // The first undecodable field is reported.
            Err(unknown) => result = result.and(Err(unknown)),
        }
    }
    result
}

fn answer<'r>(
    Test { source, question }: &Test,
    record: &'r impl AsRecord,
    text_of: TextSource<'_, 'r>,
) -> Truth {
    let mut count = 0;
    match question {
        Question::Exists => {
            let visited = visit_existing(source, record, text_of, &mut || {
                count += 1;
                ControlFlow::Break(())
            });
            if count > 0 { Ok(true) } else { visited.map(|()| false) }
        }
        Question::Count(relation, number) => {
            visit_existing(source, record, text_of, &mut || {
                count += 1;
                ControlFlow::Continue(())
            })?;
            Ok(relation.holds(count.cmp(number)))
        }
        Question::Values { of_every, is_negated, check } => {
            // A value that must pass and does not, or the other way round, decides.
            let decisive = !of_every || *is_negated;
            let mut is_decided = false;
            let visited = visit(source, record, text_of, &mut |value| {
                count += 1;
                is_decided = check.accepts(value) == decisive;
                if is_decided { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
            match is_decided {
                true => Ok(!of_every && !is_negated),
                false => visited.map(|()| *of_every || *is_negated && count > 0),
            }
        }
    }
}

/// Calls `visitor` with each value in decodable fields, until it breaks. Returns the first
/// undecodable field that was needed.
fn visit<'r>(
    source: &Source,
    record: &'r impl AsRecord,
    text_of: TextSource<'_, 'r>,
    visitor: &mut dyn FnMut(&str) -> ControlFlow<()>,
) -> Result<(), Undecodable> {
    match &source.quick {
        Some(quick) => quick.visit(record, text_of, visitor),
        None => {
            source.selector.visit_decodable(record, text_of, &mut |value| visitor(value.text()))
        }
    }
}

/// Calls `visitor` for each value, until it breaks. The text of whole fields is not examined.
fn visit_existing<'r>(
    source: &Source,
    record: &'r impl AsRecord,
    text_of: TextSource<'_, 'r>,
    visitor: &mut dyn FnMut() -> ControlFlow<()>,
) -> Result<(), Undecodable> {
    match &source.quick {
        Some(quick) if quick.visit_fields(record, visitor) => Ok(()),
        _ => visit(source, record, text_of, &mut |_| visitor()),
    }
}
