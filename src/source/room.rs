//! Memory to read into, which is not always available.

use std::{format, io, vec::Vec};

/// Size from which the allocator of glibc takes memory directly from the system, and returns it
/// when it is freed. Smaller freed memory may stay with the process as a hole into which the next
/// record does not fit.
const GIVEN_BACK: usize = 33 << 20;

/// Returns the amount of memory to reserve for a buffer of one long record of at most this many
/// bytes. The unused part is only address space.
pub(crate) fn long_capacity(length: usize) -> usize {
    length.max(GIVEN_BACK)
}

/// Makes a buffer `length` bytes long, with memory for `capacity` bytes if there is enough. A
/// longer buffer keeps its length. Memory beyond the length is not touched.
///
/// # Errors
/// Returns an error of kind [`OutOfMemory`](io::ErrorKind::OutOfMemory): a chunk and a record may
/// be as large as the options allow, so this is no reason to abort the process. The buffer is then
/// unchanged.
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

/// Returns true if the error is one of [`make_room`], after which reading cannot continue. The
/// operating system may report the same kind, with a number.
pub(crate) fn is_no_room(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::OutOfMemory && error.raw_os_error().is_none()
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
