//! Compression of expositions while they are written.

use std::mem::MaybeUninit;

use flate2::{Compress, Compression, FlushCompress, Status};
use zstd::stream::raw::{self, Operation, OutBuffer};

use crate::memory::{self, OutOfMemory};
use crate::negotiation::Encoding;
use crate::output::{self, Output, Sink};

/// Bytes that are collected before they are compressed.
const BLOCK: usize = 64 << 10;

/// The least room for what a compressor writes at once.
const ROOM: usize = 8 << 10;

/// More memory than a compressor takes when it is made. Without it, it would panic.
const MEMORY: usize = 4 << 20;

/// Compresses fastest. A scrape runs beside requests, and metrics repeat themselves so much that higher levels, which take
/// several times as long, save little.
const GZIP_LEVEL: u32 = 1;
const ZSTD_LEVEL: i32 = 1;

/// The largest window of gzip, as a power of two.
const GZIP_WINDOW: u8 = 15;

/// Runs `write`, and appends what it writes to `sink`, compressed.
///
/// # Errors
///
/// [`OutOfMemory`], of `write`, the compressor or the sink.
pub fn compress<S: Sink>(
    sink: &mut S,
    encoding: Encoding,
    write: impl FnOnce(&mut Compressor<'_, S>) -> Result<(), OutOfMemory>,
) -> Result<(), OutOfMemory> {
    let out = Out(sink);
    let state = match encoding {
        Encoding::Identity => State::Identity,
        Encoding::Gzip => {
            memory::check(MEMORY)?;
            State::Gzip(Compress::new_gzip(Compression::new(GZIP_LEVEL), GZIP_WINDOW))
        }
        Encoding::Zstd => {
            memory::check(MEMORY)?;
            State::Zstd(raw::Encoder::new(ZSTD_LEVEL).map_err(|_| OutOfMemory)?)
        }
    };
    let mut compressor = Compressor { out, state, block: Vec::new() };
    write(&mut compressor)?;
    compressor.finish()
}

/// Takes what is to be compressed.
pub struct Compressor<'a, S: Sink> {
    out: Out<'a, S>,
    state: State,
    /// What is not compressed yet.
    block: Vec<u8>,
}

enum State {
    Identity,
    Gzip(Compress),
    Zstd(raw::Encoder<'static>),
}

impl<S: Sink> Compressor<'_, S> {
    fn flush(&mut self) -> Result<(), OutOfMemory> {
        match &mut self.state {
            State::Identity => self.out.push(&self.block)?,
            State::Gzip(state) => self.out.gzip(state, &self.block, FlushCompress::None)?,
            State::Zstd(state) => self.out.zstd(state, &self.block, false)?,
        }
        self.block.clear();
        Ok(())
    }

    fn finish(mut self) -> Result<(), OutOfMemory> {
        self.flush()?;
        match &mut self.state {
            State::Identity => Ok(()),
            State::Gzip(state) => self.out.gzip(state, &[], FlushCompress::Finish),
            State::Zstd(state) => self.out.zstd(state, &[], true),
        }
    }
}

impl<S: Sink> Sink for Compressor<'_, S> {
    fn room(&mut self, size: usize) -> Result<&mut [MaybeUninit<u8>], OutOfMemory> {
        if self.block.len() >= BLOCK {
            self.flush()?;
        }
        self.block.room(size)
    }

    unsafe fn advance(&mut self, size: usize) {
        // SAFETY: the room was that of the block, and the caller has written `size` bytes of it.
        unsafe { self.block.advance(size) };
    }
}

/// Where the compressors write to.
struct Out<'a, S>(&'a mut S);

impl<S: Sink> Out<'_, S> {
    fn push(&mut self, bytes: &[u8]) -> Result<(), OutOfMemory> {
        output::write(self.0, bytes.len(), |cursor| cursor.push(bytes))
    }

    /// Compresses `bytes`, straight into the sink.
    fn gzip(
        &mut self,
        state: &mut Compress,
        mut bytes: &[u8],
        flush: FlushCompress,
    ) -> Result<(), OutOfMemory> {
        let is_last = matches!(flush, FlushCompress::Finish);
        while is_last || !bytes.is_empty() {
            let (taken, given) = (state.total_in(), state.total_out());
            let room = self.0.room(ROOM)?;
            let status = state.compress_uninit(bytes, room, flush).map_err(|_| OutOfMemory)?;
            let since = |before: u64, now: u64| usize::try_from(now - before).unwrap_or(usize::MAX);
            // SAFETY: the compressor has written what its total has grown by.
            unsafe { self.0.advance(since(given, state.total_out())) };
            bytes = &bytes[since(taken, state.total_in())..];
            if status == Status::StreamEnd {
                break;
            }
        }
        Ok(())
    }

    /// Compresses `bytes`, and what is left if they are the last ones.
    fn zstd(
        &mut self,
        state: &mut raw::Encoder<'_>,
        mut bytes: &[u8],
        are_last: bool,
    ) -> Result<(), OutOfMemory> {
        let mut buffer = [0; ROOM];
        while !bytes.is_empty() {
            let status = state.run_on_buffers(bytes, &mut buffer).map_err(|_| OutOfMemory)?;
            self.push(&buffer[..status.bytes_written])?;
            bytes = &bytes[status.bytes_read..];
        }
        if !are_last {
            return Ok(());
        }
        loop {
            let mut output = OutBuffer::around(&mut buffer[..]);
            let left = state.finish(&mut output, false).map_err(|_| OutOfMemory)?;
            let written = output.pos();
            self.push(&buffer[..written])?;
            if left == 0 {
                return Ok(());
            }
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::io::Read;

    use super::*;

    fn compressed(encoding: Encoding, pieces: &[Vec<u8>]) -> Vec<u8> {
        let mut page = b"before".to_vec();
        let write = |sink: &mut Compressor<'_, Vec<u8>>| {
            for piece in pieces {
                output::write(sink, piece.len(), |cursor| cursor.push(piece))?;
            }
            Ok(())
        };
        compress(&mut page, encoding, write).unwrap();
        assert!(page.starts_with(b"before"));
        page.split_off(6)
    }

    #[test]
    fn what_was_written_comes_back() {
        let pieces: Vec<Vec<u8>> = (0..3_000_u32)
            .map(|number| format!("requests_total{{path=\"/{number}\"}} {number}\n").repeat(3).into_bytes())
            .chain([vec![b'x'; 3 * BLOCK], Vec::new()])
            .collect();
        for pieces in [&pieces[..], &[]] {
            let whole = pieces.concat();
            assert_eq!(compressed(Encoding::Identity, pieces), whole);
            let mut text = Vec::new();
            let gzip = compressed(Encoding::Gzip, pieces);
            flate2::read::GzDecoder::new(&*gzip).read_to_end(&mut text).unwrap();
            assert!(text == whole && (whole.is_empty() || gzip.len() < whole.len() / 5));
            let zstd = compressed(Encoding::Zstd, pieces);
            assert!(zstd::decode_all(&*zstd).unwrap() == whole);
            assert!(whole.is_empty() || zstd.len() < whole.len() / 5);
        }
    }

    /// A sink that has memory for a number of bytes.
    struct Small(Vec<u8>, usize);

    impl Sink for Small {
        fn room(&mut self, size: usize) -> Result<&mut [MaybeUninit<u8>], OutOfMemory> {
            if self.0.len() + size > self.1 { Err(OutOfMemory) } else { self.0.room(size) }
        }

        unsafe fn advance(&mut self, size: usize) {
            // SAFETY: as here.
            unsafe { self.0.advance(size) };
        }
    }

    #[test]
    fn a_sink_without_memory_is_an_error_wherever_it_ends() {
        let mut number = 1_u32;
        let mut noise = || {
            number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            number.to_le_bytes()[3]
        };
        let all: Vec<u8> = (0..6 * BLOCK).map(|_| noise()).collect();
        for encoding in [Encoding::Identity, Encoding::Gzip, Encoding::Zstd] {
            let compressed = |memory: usize| {
                compress(&mut Small(Vec::new(), memory), encoding, |sink| {
                    all.chunks(BLOCK / 2)
                        .try_for_each(|piece| output::write(sink, piece.len(), |cursor| cursor.push(piece)))
                })
            };
            for memory in [0, 1, ROOM - 1, ROOM, BLOCK / 2, BLOCK] {
                assert_eq!(compressed(memory), Err(OutOfMemory), "{encoding:?} {memory}");
            }
            assert_eq!(compressed(8 * BLOCK), Ok(()));
        }
    }
}
