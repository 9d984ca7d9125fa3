//! Files of BGZF: the same records, at virtual offsets.

use crate::{Index, IndexError, Reader};
use std::{env, fs, io::Write, path::PathBuf, process, vec::Vec};

fn path(name: &str) -> PathBuf {
    env::temp_dir().join(format!("tidemarc-index-bgzf-{name}-{}.gz", process::id()))
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

/// Returns a block: a member of gzip whose extra field has its length.
fn block(data: &[u8]) -> Vec<u8> {
    let member = gzip(data);
    let [low, high] = ((member.len() + 8 - 1) as u16).to_le_bytes();
    let extra = [6, 0, b'B', b'C', 2, 0, low, high];
    [&member[..3], &[4], &member[4..10], &extra, &member[10..]].concat()
}

/// Returns blocks of this much data, an empty one among them, and the end.
fn blocks(data: &[u8], length: usize) -> Vec<u8> {
    let mut packed: Vec<u8> = data.chunks(length).flat_map(block).collect();
    packed.splice(0..0, block(b""));
    packed.extend(block(b""));
    packed
}

#[test]
fn records_are_those_of_a_reader_wherever_the_blocks_end() {
    let data = fs::read("tests/fixtures/books.mrc").unwrap().repeat(3);
    let path = path("same");
    for length in [500, 4_096, 65_280] {
        let packed = blocks(&data, length);
        fs::write(&path, &packed).unwrap();
        let index = Index::build(&path).unwrap();
        assert_eq!((index.len(), index.duplicates()), (180, 120));
        for (at, expected) in (0..).zip(Reader::from_path(&path).unwrap()) {
            let (expected, record) = (expected.unwrap(), index.record(at).unwrap().unwrap());
            let shown = |record: &crate::SharedRecord| {
                (record.number(), record.offset(), record.raw().into_owned())
            };
            assert_eq!(shown(&record), shown(&expected));
            let key = record.view().control_number().unwrap();
            assert_eq!(index.get_all(key).count(), 3);
            // The block at the virtual offset has the bytes of the record.
            let place = index.virtual_offset(at).unwrap().unwrap();
            let mut decoder = flate2::read::GzDecoder::new(&packed[(place >> 16) as usize..]);
            let mut data = Vec::new();
            std::io::Read::read_to_end(&mut decoder, &mut data).unwrap();
            let within = (place & 0xFFFF) as usize;
            let count = record.raw().len().min(data.len() - within);
            assert_eq!(data[within..within + count], record.raw()[..count]);
        }
        fs::remove_file(index.index_file()).unwrap();
    }
    fs::remove_file(path).unwrap();
}

#[test]
fn other_compressed_files_are_refused_with_advice() {
    let path = path("gzip");
    let data = fs::read("tests/fixtures/books.mrc").unwrap();
    fs::write(&path, gzip(&data)).unwrap();
    let error = Index::build(&path).unwrap_err();
    assert!(matches!(error, IndexError::Unsupported { .. }) && error.to_string().contains("BGZF"));
    // Blocks, and then another member.
    let whole = blocks(&data, 4_096);
    fs::write(&path, [&whole[..], &gzip(&data), &block(b"")].concat()).unwrap();
    let error = Index::build(&path).unwrap_err();
    let position = format!("at {} are not a block", whole.len());
    assert!(error.to_string().contains(&position), "{error}");
    fs::remove_file(path).unwrap();
}

#[test]
fn a_damaged_block_is_an_error_and_no_record() {
    let data = fs::read("tests/fixtures/books.mrc").unwrap();
    let path = path("damaged");
    let whole = blocks(&data, 4_096);
    fs::write(&path, &whole).unwrap();
    let index = Index::build(&path).unwrap();
    let time = fs::metadata(&path).unwrap().modified().unwrap();
    let first = index.record(0).unwrap().unwrap().raw().into_owned();
    for at in 28..250 {
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << (at % 8);
        fs::write(&path, bytes).unwrap();
        let file = fs::File::options().write(true).open(&path).unwrap();
        file.set_times(fs::FileTimes::new().set_modified(time)).unwrap();
        // The index is open: a new one would find other ends.
        index.block.lock().unwrap().take();
        if let Ok(record) = index.record(0) {
            // Some bits mean nothing, such as the time of a member.
            assert!(record.unwrap().raw() == first, "{at}");
        }
    }
    fs::remove_file(index.index_file()).unwrap();
    fs::remove_file(path).unwrap();
}
