//! An index file with any contents gives errors, and never a panic or a record with another key.
//!
//! The input is a list of changes to a good index file: page, offset in the page, byte. The checksum
//! of each page that is changed is made right again, so that the changes are read.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::{fs, path::PathBuf, process, sync::OnceLock};
use tidemarc::Index;
use twox_hash::XxHash3_64;

const PAGE: usize = 4096;

/// Returns the path of a file for this process.
fn path(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("tidemarc-fuzz-{}-{name}", process::id()))
}

/// Returns a good index file, after writing its data file.
fn good() -> &'static [u8] {
    static GOOD: OnceLock<Vec<u8>> = OnceLock::new();
    GOOD.get_or_init(|| {
        let record = |key: &str| {
            let base = 24 + 12 + 1;
            let length = base + key.len() + 2;
            let field = key.len() + 1;
            format!("{length:05}nam a22{base:05}   4500001{field:04}00000\x1E{key}\x1E\x1D")
        };
        fs::write(path("data"), ["a", "b", "a", "c"].map(record).concat()).expect("a folder");
        Index::builder().index_file(path("index")).build(path("data")).expect("a good file");
        fs::read(path("index")).expect("the index file")
    })
}

fuzz_target!(|changes: &[u8]| {
    let mut bytes = good().to_vec();
    let pages = bytes.len() / PAGE;
    for change in changes.chunks_exact(4) {
        let page = usize::from(change[0]) % pages;
        let at = usize::from(u16::from_le_bytes([change[1], change[2]])) % (PAGE - 8);
        let page = &mut bytes[page * PAGE..(page + 1) * PAGE];
        page[at] = change[3];
        let (contents, checksum) = page.split_at_mut(PAGE - 8);
        checksum.copy_from_slice(&XxHash3_64::oneshot(contents).to_le_bytes());
    }
    fs::write(path("changed"), bytes).expect("a folder");
    let Ok(index) = Index::builder().index_file(path("changed")).open(path("data")) else { return };
    for at in [0, 1, 3, 4, u64::MAX] {
        let _ = index.record(at);
        let _ = index.virtual_offset(at);
    }
    for key in [&b"a"[..], b"b", b"none"] {
        for record in index.get_all(key).take(10).map_while(Result::ok) {
            assert_eq!(record.view().control_number(), Some(key));
        }
    }
});
