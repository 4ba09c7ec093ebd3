//! Compression of expositions while they are written.

use std::io::{self, Write};
use std::mem::MaybeUninit;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::exposition::output::Sink;
use crate::negotiation::Encoding;

/// Bytes that are collected before they are compressed.
const BLOCK: usize = 64 << 10;

/// Compresses fastest. A scrape runs beside requests, and metrics repeat themselves so much that higher levels, which take
/// several times as long, save little.
const GZIP_LEVEL: u32 = 1;
const ZSTD_LEVEL: i32 = 1;

/// Runs `write`, and appends what it writes to `sink`, compressed.
///
/// # Errors
///
/// The error of the compressor, which fails only for want of memory.
pub fn compress<S: Sink>(
    sink: &mut S,
    encoding: Encoding,
    write: impl FnOnce(&mut Compressor<'_, S>),
) -> io::Result<()> {
    let out = Out(sink);
    let encoder = match encoding {
        Encoding::Identity => Encoder::Identity(out),
        Encoding::Gzip => Encoder::Gzip(GzEncoder::new(out, Compression::new(GZIP_LEVEL))),
        Encoding::Zstd => Encoder::Zstd(zstd::Encoder::new(out, ZSTD_LEVEL)?),
    };
    let mut compressor = Compressor { encoder, block: Vec::new(), failed: None };
    write(&mut compressor);
    compressor.finish()
}

/// Takes what is to be compressed.
pub struct Compressor<'a, S: Sink> {
    encoder: Encoder<'a, S>,
    /// What is not compressed yet.
    block: Vec<u8>,
    /// The first error, kept here because a sink cannot report one.
    failed: Option<io::Error>,
}

enum Encoder<'a, S: Sink> {
    Identity(Out<'a, S>),
    Gzip(GzEncoder<Out<'a, S>>),
    Zstd(zstd::Encoder<'static, Out<'a, S>>),
}

impl<S: Sink> Compressor<'_, S> {
    fn flush(&mut self) {
        let written = match &mut self.encoder {
            Encoder::Identity(out) => out.write_all(&self.block),
            Encoder::Gzip(encoder) => encoder.write_all(&self.block),
            Encoder::Zstd(encoder) => encoder.write_all(&self.block),
        };
        self.block.clear();
        if let Err(error) = written {
            self.failed.get_or_insert(error);
        }
    }

    fn finish(mut self) -> io::Result<()> {
        self.flush();
        match self.encoder {
            Encoder::Identity(_) => (),
            Encoder::Gzip(encoder) => {
                encoder.finish()?;
            }
            Encoder::Zstd(encoder) => {
                encoder.finish()?;
            }
        }
        self.failed.map_or(Ok(()), Err)
    }
}

impl<S: Sink> Sink for Compressor<'_, S> {
    fn room(&mut self, size: usize) -> &mut [MaybeUninit<u8>] {
        if self.block.len() >= BLOCK {
            self.flush();
        }
        self.block.room(size)
    }

    unsafe fn advance(&mut self, size: usize) {
        // SAFETY: the room was that of the block, and the caller has written `size` bytes of it.
        unsafe { self.block.advance(size) };
    }
}

/// A sink as a writer.
struct Out<'a, S>(&'a mut S);

impl<S: Sink> Write for Out<'_, S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.room(bytes.len())[..bytes.len()].write_copy_of_slice(bytes);
        // SAFETY: `bytes.len()` bytes of the room were written in the line above.
        unsafe { self.0.advance(bytes.len()) };
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::io::Read;

    use super::*;
    use crate::exposition::output::{self, Output};

    fn compressed(encoding: Encoding, pieces: &[Vec<u8>]) -> Vec<u8> {
        let mut page = b"before".to_vec();
        let write = |sink: &mut Compressor<'_, Vec<u8>>| {
            for piece in pieces {
                output::write(sink, piece.len(), |cursor| cursor.push(piece));
            }
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
}
