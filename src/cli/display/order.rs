//! The order in which the fields of a record are shown.

use crate::record::{Field, Tag};

/// Returns the numbers of the fields, in the order in which they are shown: each field 880 after the
/// field that it repeats in another script, and all others as they stand.
///
/// The two name each other in `$6`: `880-01` in field 245, and `245-01` in field 880. Occurrence
/// `00` has no other field (MARC 21, appendix A).
pub(super) fn in_pairs(fields: &[Field<'_>]) -> Vec<usize> {
    let alternate = Tag::new(*b"880");
    let is_alternate = |at: &usize| fields[*at].tag() == alternate;
    let links: Vec<_> = fields.iter().map(|field| link(*field)).collect();
    let mut is_taken = vec![false; fields.len()];
    let mut order = Vec::with_capacity(fields.len());
    // Fields 880 whose partner comes first are shown with it.
    let partners: Vec<Vec<usize>> = (0..fields.len())
        .map(|at| {
            let Some((tag, occurrence)) = links[at].filter(|_| !is_alternate(&at)) else {
                return Vec::new();
            };
            if tag != alternate || occurrence == *b"00" {
                return Vec::new();
            }
            let wanted = Some((fields[at].tag(), occurrence));
            let found: Vec<_> = (0..fields.len())
                .filter(|other| is_alternate(other) && links[*other] == wanted && !is_taken[*other])
                .collect();
            found.iter().for_each(|other| is_taken[*other] = true);
            found
        })
        .collect();
    for at in 0..fields.len() {
        if !is_taken[at] {
            order.push(at);
            order.extend(&partners[at]);
        }
    }
    order
}

/// Returns the tag and the occurrence in `$6` of a field.
fn link(field: Field<'_>) -> Option<(Tag, [u8; 2])> {
    match field.data()?.subfield(b'6')? {
        [a, b, c, b'-', d, e, ..] => Some((Tag::new([*a, *b, *c]), [*d, *e])),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(fields: &[(&[u8; 3], &[u8])]) -> Vec<usize> {
        let fields: Vec<_> =
            fields.iter().map(|(tag, bytes)| Field::new(Tag::new(**tag), bytes)).collect();
        in_pairs(&fields)
    }

    #[test]
    fn a_field_880_stands_after_its_partner() {
        let fields: [(&[u8; 3], &[u8]); 6] = [
            (b"001", b"x"),
            (b"245", b"10\x1f6880-01\x1faTitle"),
            (b"500", b"  \x1faNote"),
            (b"880", b"10\x1f6245-01/$1\x1faOther"),
            (b"880", b"10\x1f6500-00\x1faAlone"),
            (b"880", b"10\x1f6245-02\x1faMissing"),
        ];
        assert_eq!(order(&fields), [0, 1, 3, 2, 4, 5]);
    }

    #[test]
    fn every_field_is_shown_once() {
        let fields: [(&[u8; 3], &[u8]); 5] = [
            (b"880", b"10\x1f6245-01\x1faBefore its partner"),
            (b"245", b"10\x1f6880-01"),
            (b"245", b"10\x1f6880-01"),
            (b"880", b"10\x1f6880-01"),
            (b"700", b"1 \x1f6880"),
        ];
        let mut order = order(&fields);
        assert_eq!(order, [1, 0, 2, 3, 4]);
        order.sort_unstable();
        assert_eq!(order, [0, 1, 2, 3, 4]);
    }
}
