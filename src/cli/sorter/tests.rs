//! The sorter against the stable sort of the standard library.

use super::*;
use proptest::{collection::vec, prelude::*};

type Items = Vec<(Vec<u8>, Vec<u8>)>;

/// Sorts items, and returns them with the number of runs before the last.
fn sorted(items: &Items, memory: usize) -> (Items, usize) {
    let mut sorter = Sorter::new(std::env::temp_dir(), memory);
    for (key, value) in items {
        sorter.add(key, value).unwrap();
    }
    let runs = sorter.runs.len();
    let mut sorted = sorter.finish().unwrap();
    let mut found = Items::new();
    while let Some((key, value)) = sorted.next().unwrap() {
        found.push((key.to_vec(), value.to_vec()));
    }
    (found, runs)
}

fn expected(items: &Items) -> Items {
    let mut expected = items.clone();
    expected.sort_by(|one, other| one.0.cmp(&other.0));
    expected
}

/// Keys with many equal ones and common beginnings.
fn keys() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        vec(0_u8..3, 0..4),
        vec(0_u8..2, 8..11),
        vec(any::<u8>(), 0..20),
        vec(Just(0_u8), 0..12)
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn items_come_out_as_from_a_stable_sort(
        keys in vec(keys(), 0..300),
        lengths in vec(0..400_usize, 300),
        memory in 1..40_000_usize,
    ) {
        // The value tells equal keys apart.
        let value = |at: usize| [&at.to_le_bytes()[..], &vec![7; lengths[at]]].concat();
        let items = keys.into_iter().enumerate().map(|(at, key)| (key, value(at))).collect();
        prop_assert_eq!(sorted(&items, memory).0, expected(&items));
    }
}

#[test]
fn many_runs_are_merged_in_several_passes() {
    let items: Items = (0..2_000_u32)
        .map(|at| {
            ((at.wrapping_mul(2_654_435_761) >> 22).to_be_bytes().to_vec(), vec![at as u8; 90])
        })
        .collect();
    let (found, runs) = sorted(&items, 4 << 10);
    assert!(runs > 40, "{runs}: two at a time need six passes");
    assert_eq!(found, expected(&items));
    assert_eq!(sorted(&items, 1 << 20).1, 0, "no temporary file");
}

#[test]
fn an_item_may_be_longer_than_the_memory() {
    let long = |byte: u8| (vec![byte; 3_000], vec![byte; 3 << 20]);
    let items = vec![long(3), (vec![9], vec![]), long(1), (vec![], vec![1]), long(2)];
    for memory in [1, 10_000, 5 << 20, 64 << 20] {
        assert!(sorted(&items, memory).0 == expected(&items), "{memory}");
    }
}

#[test]
fn the_memory_is_not_exceeded() {
    const MEMORY: usize = 3 << 20;
    let mut sorter = Sorter::new(std::env::temp_dir(), MEMORY);
    for at in 0..20_000_u32 {
        sorter.add(&at.to_be_bytes(), &vec![0; at as usize % 1_500]).unwrap();
        assert!(sorter.buffer.size() <= MEMORY, "{at}");
    }
    // Little of it is wasted.
    assert!((3..=8).contains(&sorter.runs.len()), "{}", sorter.runs.len());
}

#[test]
fn a_folder_that_cannot_be_written_is_an_error() {
    let mut sorter = Sorter::new("/no-such-folder".into(), 1);
    sorter.add(b"a", b"").unwrap();
    assert_eq!(sorter.add(b"b", b"").unwrap_err().kind(), io::ErrorKind::NotFound);
}
