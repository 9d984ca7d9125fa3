//! Properties of any input, over random bytes, mixtures of MARC and damaged real records.

use crate::common::{
    observe::{self, Pieces},
    oracle::{self, Kind, Rules},
    strategies as any_,
};
use proptest::prelude::*;
use tidemarc::{
    ReaderBuilder, RecordRef,
    framing::{Framer, Step},
};

/// Sets this many cases, or the number in the environment variable `PROPTEST_CASES`.
pub fn config(cases: u32) -> ProptestConfig {
    let default = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    match std::env::var_os("PROPTEST_CASES") {
        Some(_) => default,
        None => ProptestConfig { cases, ..default },
    }
}

proptest! {
    #![proptest_config(config(1_500))]

    /// Checks that the frames cover the input without gap or overlap, none is empty, none exceeds
    /// the limit, and no more bytes than the limit are requested. The drivers in `observe` assert
    /// this.
    #[test]
    fn the_framer_says_what_the_oracle_says(input in any_::input(), limit in any_::limit()) {
        let frames = observe::frame_whole(&input, limit);
        prop_assert_eq!(frames.iter().map(|frame| frame.length).sum::<usize>(), input.len());
        prop_assert_eq!(frames, oracle::frames(&input, limit));
    }

    #[test]
    fn the_frames_do_not_depend_on_the_pieces_in_which_the_input_arrives(
        input in any_::input(), limit in any_::limit(), pieces in any_::pieces(),
    ) {
        let whole = observe::frame_whole(&input, limit);
        prop_assert_eq!(&whole, &observe::frame_pieces(&input, limit, any_::in_turn(&pieces)));
        prop_assert_eq!(&whole, &observe::frame_pieces(&input, limit, || 1));
    }

    #[test]
    fn a_framer_that_repairs_says_what_the_oracle_says_in_whatever_pieces(
        input in any_::input(), limit in any_::limit(), pieces in any_::pieces(),
    ) {
        let rules = Rules { limit, repairs: true };
        let whole = observe::frame_whole(&input, rules);
        prop_assert_eq!(whole.iter().map(|frame| frame.length).sum::<usize>(), input.len());
        prop_assert_eq!(&whole, &oracle::frames(&input, rules));
        prop_assert_eq!(&whole, &observe::frame_pieces(&input, rules, any_::in_turn(&pieces)));
        prop_assert_eq!(&whole, &observe::frame_pieces(&input, rules, || 1));
    }

    /// Checks that there is a result within the bytes. An input with fewer bytes than before has
    /// not grown, so the result has no meaning.
    #[test]
    fn a_framer_that_is_shown_fewer_bytes_than_before_does_not_panic(
        input in any_::input(), limit in any_::limit(), repairs in any::<bool>(),
        shown in proptest::collection::vec((0..2_000usize, any::<bool>()), 1..60),
    ) {
        let mut framer = Framer::with_max_record_length(limit).repairs(repairs);
        let mut rest = &input[..];
        for (length, at_end) in shown {
            let bytes = &rest[..length % (rest.len() + 1)];
            if let Step::Frame(frame) = framer.next(bytes, at_end) {
                prop_assert!(0 < frame.length && frame.length <= bytes.len());
                rest = &rest[frame.length..];
            }
        }
    }

    #[test]
    fn a_parse_says_what_the_naive_parse_says(
        record in prop_oneof![any_::record(), any_::broken(), any_::damaged(), any_::soup()],
    ) {
        match (RecordRef::parse(&record), oracle::parse(&record)) {
            (Ok(view), Ok(fields)) => {
                prop_assert_eq!(view.as_bytes(), &record[..]);
                prop_assert_eq!(view.field_count(), fields.len());
                prop_assert_eq!(view.directory().count(), fields.len());
                for (seen, field) in view.fields().zip(&fields) {
                    prop_assert_eq!(*seen.tag().as_bytes(), field.tag);
                    prop_assert_eq!(seen.as_bytes(), &field.data[..]);
                }
                prop_assert_eq!(view.fields().count(), fields.len());
            }
            (Err(fault), Err((name, entry))) => {
                prop_assert_eq!((fault.kind().name(), fault.entry()), (name, entry));
            }
            (seen, expected) => prop_assert!(false, "{seen:?} and {expected:?}"),
        }
    }

    #[test]
    fn a_field_falls_apart_into_its_indicators_and_subfields(data in field_data()) {
        let bytes = crate::common::build::record(&[("245", &data)]);
        let record = RecordRef::parse(&bytes).unwrap();
        let field = record.data_field("245".try_into().unwrap()).unwrap();
        let mut parts = data.split(|&byte| byte == 0x1F);
        let head = parts.next().unwrap();
        // Characters, if there are more than two bytes and these are no ASCII.
        let text = std::str::from_utf8(head).ok();
        let text = text.filter(|_| head.len() > 2 && !head[..2].is_ascii());
        let starts: Vec<usize> = match text {
            Some(text) => text.char_indices().map(|(at, _)| at).collect(),
            None => (0..head.len()).collect(),
        };
        let byte = |nth: usize| starts.get(nth).map_or(b' ', |&at| head[at]);
        let indicators = (byte(0), byte(1));
        prop_assert_eq!((field.indicators().first, field.indicators().second), indicators);
        let expected: Vec<_> = parts.filter(|part| !part.is_empty()).collect();
        prop_assert_eq!(field.subfields().count(), expected.len());
        for (subfield, part) in field.subfields().zip(expected) {
            prop_assert_eq!((subfield.code, subfield.value), (part[0], &part[1..]));
        }
    }
}

/// Reads an input in pieces, batch by batch, and from memory: each way gives the same.
fn says_in_every_way(
    expected: &observe::Outcome,
    builder: &ReaderBuilder,
    input: &[u8],
    pieces: &[usize],
) -> Result<(), TestCaseError> {
    let source = || Pieces::new(input.to_vec(), any_::in_turn(pieces));
    prop_assert_eq!(expected, &observe::read(builder.from_reader(source())));
    prop_assert_eq!(expected, &observe::read_batches(builder.from_reader(source())));
    prop_assert_eq!(expected, &observe::read(builder.from_bytes(input.to_vec())));
    Ok(())
}

proptest! {
    #![proptest_config(config(400))]

    #[test]
    fn a_reader_says_the_same_with_any_chunk_size_and_number_of_threads(
        input in any_::input(), limit in any_::limit(), pieces in any_::pieces(),
        chunk_size in prop_oneof![1..80usize, 1..3_000usize], threads in 1..5usize,
        read_ahead in any::<bool>(),
    ) {
        let expected = observe::expected(&input, limit);
        let builder = observe::iso2709()
            .max_record_length(limit)
            .chunk_size(chunk_size)
            .read_ahead(read_ahead)
            .threads(threads);
        says_in_every_way(&expected, &builder, &input, &pieces)?;
        let plain = observe::iso2709().max_record_length(limit).threads(1);
        prop_assert_eq!(&expected, &observe::read(plain.from_bytes(input)));
    }

    #[test]
    fn a_reader_that_repairs_says_what_the_oracle_says_in_every_way(
        input in any_::input(), limit in any_::limit(), pieces in any_::pieces(),
        chunk_size in prop_oneof![1..80usize, 1..3_000usize], threads in 1..5usize,
        read_ahead in any::<bool>(),
    ) {
        let expected = observe::expected(&input, Rules { limit, repairs: true });
        let builder = observe::iso2709()
            .repair(true)
            .max_record_length(limit)
            .chunk_size(chunk_size)
            .read_ahead(read_ahead)
            .threads(threads);
        says_in_every_way(&expected, &builder, &input, &pieces)?;
    }

    #[test]
    fn with_repair_no_record_is_lost_that_was_there_without(
        input in any_::input(), limit in any_::limit(),
    ) {
        let read = |repair| {
            let builder = observe::iso2709().repair(repair).max_record_length(limit);
            observe::read(builder.from_bytes(input.clone()))
        };
        let (without, with) = (read(false), read(true));
        // A span that looks foreign as far as it is examined is the end with repair.
        let is_foreign = |seen: &observe::Seen| {
            matches!(seen.kind, Kind::Fault { name: "foreign", .. })
        };
        prop_assume!(!with.seen.iter().any(is_foreign));
        for seen in without.seen.iter().filter(|seen| seen.kind == Kind::Record) {
            let covers = |other: &&observe::Seen| {
                other.offset <= seen.offset && seen.offset < other.offset + other.raw.len() as u64
            };
            let found = with.seen.iter().find(covers);
            // A record that begins inside a record of the repair is a part of it, even if it
            // continues after its end: it then has a stray 0x1D of its own where the other one
            // ends.
            prop_assert!(found.is_some_and(|found| {
                found == seen || found.kind == Kind::Record || found.kind == Kind::Repaired
            }), "{seen:?} and {found:?}");
        }
    }

    #[test]
    fn no_sound_record_is_lost_to_junk_beside_it(
        before in any_::record(), junk in proptest::collection::vec(any::<u8>(), 1..1_200),
        after in any_::record_with_field(), limit in prop_oneof![Just(1 << 20), 800..900usize],
    ) {
        let input = [&before[..], &junk, &after].concat();
        let outcome = observe::read(observe::iso2709().max_record_length(limit).from_bytes(input));
        prop_assert_eq!(&outcome.seen.first().unwrap().raw, &before);
        prop_assert_eq!(&outcome.seen.last().unwrap().raw, &after);
    }
}

/// Makes the content of a data field: anything but a field terminator.
fn field_data() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![Just(0x1F), Just(b'a'), any::<u8>()];
    proptest::collection::vec(byte, 0..12).prop_map(|mut data| {
        data.retain(|&byte| byte != 0x1E);
        data
    })
}
