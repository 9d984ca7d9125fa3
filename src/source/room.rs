//! Room to read into, which is not always to be had.

use std::{format, io, vec::Vec};

/// From this size on the allocator of glibc takes memory straight from the system, and gives it back
/// as soon as it is free. Of less, freed memory may stay with the process as a hole that the next
/// record does not fit into.
const GIVEN_BACK: usize = 33 << 20;

/// How much memory to ask for where a buffer for one long record of up to this many bytes is made. What
/// is not read into is address space.
pub(crate) fn long_capacity(length: usize) -> usize {
    length.max(GIVEN_BACK)
}

/// Makes a buffer `length` bytes long, in memory for `capacity` of them if there is so much. What is
/// longer already stays so. Memory beyond the length is not touched.
///
/// # Errors
/// Of kind [`OutOfMemory`](io::ErrorKind::OutOfMemory): a chunk and a record may be as large as the
/// options allow, so this is no reason to abort the process. The buffer is as it was.
pub(crate) fn make_room(buffer: &mut Vec<u8>, length: usize, capacity: usize) -> io::Result<()> {
    let held = buffer.len();
    if held >= length {
        return Ok(());
    }
    if buffer.capacity() < length && buffer.try_reserve_exact(capacity.max(length) - held).is_err()
    {
        buffer.try_reserve_exact(length - held).map_err(|_| {
            let message = format!("no memory for a buffer of {length} bytes");
            io::Error::new(io::ErrorKind::OutOfMemory, message)
        })?;
    }
    buffer.resize(length, 0);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_that_is_not_to_be_had_is_an_error_and_changes_nothing() {
        let mut buffer = vec![7; 10];
        make_room(&mut buffer, 10, 100).unwrap();
        assert_eq!(buffer, [7; 10]);
        make_room(&mut buffer, 14, 100).unwrap();
        assert_eq!(buffer, [&[7; 10][..], &[0; 4]].concat());
        assert_eq!(buffer.capacity(), 100);
        make_room(&mut buffer, 101, isize::MAX as usize).unwrap();
        let error = make_room(&mut buffer, isize::MAX as usize, 1).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::OutOfMemory);
        assert_eq!(buffer.len(), 101);
    }
}
