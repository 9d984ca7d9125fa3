use super::*;
use crate::record::{Field, Subfield};
use proptest::prelude::*;

fn tag(text: &str) -> Tag {
    text.try_into().unwrap()
}

fn title() -> OwnedField {
    OwnedField::data("245", *b"10", [(b'a', "Emma"), (b'b', "x"), (b'a', "again")]).unwrap()
}

/// Returns a field as it may stand in a file, however odd.
fn found(tag: &[u8; 3], bytes: &[u8]) -> OwnedField {
    OwnedField::copied(Field::new(tag.into(), bytes))
}

fn kind<T: fmt::Debug>(result: Result<T, FieldError>) -> FieldErrorKind {
    result.unwrap_err().kind()
}

#[test]
fn a_separator_is_refused_wherever_it_is_given_and_nothing_changes() {
    for byte in 0x1D..=0x1F {
        let refused = FieldErrorKind::Separator(byte);
        let value = [b'x', byte, b'y'];
        assert_eq!(kind(OwnedField::control("001", value)), refused);
        assert_eq!(kind(OwnedField::data("245", *b"10", [(b'a', value)])), refused);
        assert_eq!(kind(OwnedField::data("245", *b"10", [(byte, "x")])), refused);
        assert_eq!(kind(OwnedField::data("245", [b'1', byte], [(b'a', "x")])), refused);

        let mut field = title();
        assert_eq!(kind(field.push_subfield(b'a', value)), refused);
        assert_eq!(kind(field.push_subfield(byte, "x")), refused);
        assert_eq!(kind(field.set_subfield(b'a', value)), refused);
        assert_eq!(kind(field.set_subfield(byte, "x")), refused);
        assert_eq!(kind(field.set_indicators([byte, b'1'])), refused);
        assert_eq!(field.remove_subfield(byte), None);
        assert_eq!(field, title());

        let mut control = OwnedField::control("001", "ocm1").unwrap();
        assert_eq!(kind(control.set_data(value)), refused);
        assert_eq!(control.as_bytes(), b"ocm1");
    }
}

#[test]
fn a_tag_that_is_not_three_letters_or_digits_is_refused() {
    for text in ["", "24", "2450", "24 ", "24\u{1e}", "é1"] {
        assert_eq!(kind(OwnedField::control(text, "x")), FieldErrorKind::InvalidTag, "{text:?}");
    }
    assert_eq!(kind(OwnedField::control(Tag::new(*b"0\x1d1"), "")), FieldErrorKind::InvalidTag);
}

#[test]
fn a_control_field_takes_no_indicators_or_subfields_and_a_data_field_no_data() {
    assert_eq!(kind(OwnedField::control("245", "x")), FieldErrorKind::NotControl);
    assert_eq!(kind(OwnedField::data("001", *b"  ", [(b'a', "x")])), FieldErrorKind::NotData);
    assert_eq!(kind(title().set_data("x")), FieldErrorKind::NotControl);
    // The same for data that contains a delimiter.
    let mut control = found(b"001", b"ocm\x1fa1");
    assert_eq!(kind(control.set_indicators(*b"  ")), FieldErrorKind::NotData);
    assert_eq!(kind(control.push_subfield(b'a', "x")), FieldErrorKind::NotData);
    assert_eq!(kind(control.set_subfield(b'a', "x")), FieldErrorKind::NotData);
    assert_eq!(control.remove_subfield(b'a'), None);
    assert_eq!(control.as_bytes(), b"ocm\x1fa1");
}

#[test]
fn a_field_with_a_terminator_inside_is_not_carried_into_another_record() {
    let field = Field::new(tag("500"), b"  \x1fax\x1ey");
    assert_eq!(kind(OwnedField::try_from(field)), FieldErrorKind::Separator(0x1E));
    let odd = Field::new(tag("500"), b"text\x1f\x1fax");
    assert_eq!(OwnedField::try_from(odd).unwrap().as_field(), odd);
}

#[test]
fn the_builder_says_everything_that_is_wrong() {
    let error = Record::builder()
        .control("001", "ocm1")
        .control("x", "1")
        .data("500", *b"  ", [(b'a', "a\u{1e}b")])
        .build()
        .unwrap_err();
    assert_eq!(error.errors().len(), 2);
    assert_eq!(
        error.to_string(),
        "field 2: a tag is three ASCII letters or digits; \
         field 3 (500): a field terminator (0x1E) cannot stand inside a value"
    );
}

#[test]
fn indicators_that_are_missing_are_put_in_and_no_other_byte_is_touched() {
    for (before, after) in [
        (&b""[..], &b"12"[..]),
        (b"7", b"12"),
        (b"\x1faX", b"12\x1faX"),
        (b"7\x1faX", b"12\x1faX"),
        (b"78\x1faX", b"12\x1faX"),
        (b"78text\x1faX", b"12text\x1faX"),
    ] {
        let mut field = found(b"500", before);
        field.set_indicators(*b"12").unwrap();
        assert_eq!(field.as_bytes(), after, "{}", before.escape_ascii());
    }
}

#[test]
fn a_subfield_is_changed_removed_and_appended_in_its_place() {
    let mut field = title();
    field.set_subfield(b'a', "Persuasion").unwrap();
    assert_eq!(field.as_bytes(), b"10\x1faPersuasion\x1fbx\x1faagain");
    assert_eq!(field.remove_subfield(b'a').as_deref(), Some(&b"Persuasion"[..]));
    assert_eq!(field.remove_subfield(b'c'), None);
    field.set_subfield(b'c', "").unwrap();
    assert_eq!(field.as_bytes(), b"10\x1fbx\x1faagain\x1fc");
}

/// An empty first subfield puts a delimiter where a delimiter stands after two indicators.
#[test]
fn a_subfield_is_appended_to_a_field_without_indicators() {
    let mut field = found(b"500", b"\x1fa");
    field.push_subfield(b'b', "x").unwrap();
    assert_eq!(parts(&field), (vec![], vec![(b'a', vec![]), (b'b', b"x".to_vec())]));
    field.set_indicators(*b"12").unwrap();
    assert_eq!(field.as_bytes(), b"12\x1fa\x1fbx");
}

#[test]
fn a_field_is_inserted_after_those_of_its_tag_and_before_the_next() {
    let mut record = Record::new();
    for text in ["500", "001", "245", "500", "999"] {
        let field = match text {
            "001" => OwnedField::control(text, "1"),
            _ => OwnedField::data(text, *b"  ", [(b'a', record.fields().len().to_string())]),
        };
        record.insert_field_ordered(field.unwrap());
    }
    let tags: Vec<_> = record.fields().iter().map(|field| field.tag().to_string()).collect();
    assert_eq!(tags, ["001", "245", "500", "500", "999"]);
    let notes: Vec<_> =
        record.fields_with(tag("500")).map(|field| field.as_bytes().to_vec()).collect();
    assert_eq!(notes, [b"  \x1fa0", b"  \x1fa3"]);
    assert_eq!(record.remove_fields(tag("500")).len(), 2);
    assert_eq!(record.fields().len(), 3);
}

#[test]
fn records_are_equal_whatever_lengths_their_leaders_state() {
    let mut other = Record::new();
    other.leader_mut()[..5].copy_from_slice(b"12345");
    other.leader_mut()[12..17].copy_from_slice(b"     ");
    assert_eq!(Record::new(), other);
    other.leader_mut()[5] = b'c';
    assert_ne!(Record::new(), other);
}

/// Returns the bytes before the first subfield, and the subfields, as the view reads them.
fn parts(field: &OwnedField) -> (Vec<u8>, Vec<(u8, Vec<u8>)>) {
    let before = field.as_bytes().split(|&byte| byte == 0x1F).next().unwrap().to_vec();
    let subfields = field.as_field().data().unwrap().subfields();
    (before, subfields.map(|Subfield { code, value }| (code, value.to_vec())).collect())
}

proptest! {
    /// Compares with a list of subfields, over fields of any bytes.
    #[test]
    fn an_edit_changes_what_the_view_reads_as_it_would_change_a_list(
        bytes in prop::collection::vec(
            prop::sample::select(&[0x1F, b'a', b'b', b'x', b' ', 0xFF][..]), 0..12),
        code in prop::sample::select(&b"abc"[..]),
        value in "[ab ]{0,3}",
        edit in 0..3,
    ) {
        let mut field = found(b"500", &bytes);
        let (before, mut list) = parts(&field);
        let at = list.iter().position(|subfield| subfield.0 == code);
        match (edit, at) {
            (0, Some(at)) => {
                let (_, removed) = list.remove(at);
                prop_assert_eq!(field.remove_subfield(code), Some(removed));
            }
            (0, None) => prop_assert_eq!(field.remove_subfield(code), None),
            (1, Some(at)) => {
                list[at].1 = value.clone().into_bytes();
                field.set_subfield(code, &value).unwrap();
            }
            (1, None) => {
                list.push((code, value.clone().into_bytes()));
                field.set_subfield(code, &value).unwrap();
            }
            _ => {
                list.push((code, value.clone().into_bytes()));
                field.push_subfield(code, &value).unwrap();
            }
        }
        prop_assert_eq!(parts(&field), (before, list));
    }
}
