"""Makes goldens.json: tiny picture files and the pixels that they hold.

PNG files are written here, by a plain encoder that knows nothing of libpng, and their pixels follow from the samples by
the arithmetic of the PNG specification. JPEG and WebP files are written by PIL, and their pixels are what PIL decodes.
Resized pictures are PIL's BILINEAR; of the BICUBIC ones the source has no extremes, so that nothing is cut off half-way, but for those
that are called cut off.

Made with Python 3.11, numpy 1.24, Pillow 9.4 (libjpeg-turbo 2.1.5, libwebp 1.2.4) on Debian 12: python3 make.py
"""
import base64, io, json, struct, zlib
import numpy as np
from PIL import Image, ImageOps

files, resized = [], []


def b64(data):
    return base64.b64encode(data).decode()


def add(name, data, rgb, tolerance=0):
    rgb = np.ascontiguousarray(rgb, dtype=np.uint8)
    files.append(dict(name=name, data=b64(data), height=rgb.shape[0], width=rgb.shape[1], pixels=b64(rgb.tobytes()),
                      tolerance=tolerance))


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def pack(rows, depth):
    """Samples of one pass, H x W x C, to filtered bytes (filter 0)."""
    out = b""
    for row in rows:
        samples = row.reshape(-1)
        if depth == 16:
            out += b"\0" + samples.astype(">u2").tobytes()
        elif depth == 8:
            out += b"\0" + samples.astype("u1").tobytes()
        else:
            bits = "".join(format(int(s), "0%db" % depth) for s in samples)
            bits += "0" * (-len(bits) % 8)
            out += b"\0" + bytes(int(bits[i:i + 8], 2) for i in range(0, len(bits), 8))
    return out


def png(samples, depth, colour, interlaced=False, before=b"", after=b""):
    h, w = samples.shape[:2]
    if interlaced:
        raw = b""
        for y0, x0, dy, dx in ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)):
            part = samples[y0::dy, x0::dx]
            if part.shape[0] and part.shape[1]:
                raw += pack(part, depth)
    else:
        raw = pack(samples, depth)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", w, h, depth, colour, 0, 0, int(interlaced)))
            + before + chunk(b"IDAT", zlib.compress(raw, 9)) + after + chunk(b"IEND", b""))


def to8(v, depth):
    return np.floor(v * 255.0 / (2 ** depth - 1) + 0.5)


def on_white(rgb, alpha):
    return np.floor((rgb * alpha + 255.0 * (255 - alpha)) / 255 + 0.5)


rng = np.random.RandomState(7)
H, W = 5, 9
for interlaced in (False, True):
    tag = "-interlaced" if interlaced else ""
    for depth in (1, 2, 4, 8, 16):
        grey = rng.randint(0, 2 ** depth, (H, W, 1))
        add("grey-%d%s.png" % (depth, tag), png(grey, depth, 0, interlaced), np.repeat(to8(grey, depth), 3, 2))
        if depth <= 8:
            n = 2 ** min(depth, 5)
            colours = rng.randint(0, 256, (n, 3))
            index = rng.randint(0, n, (H, W, 1))
            plte = chunk(b"PLTE", colours.astype("u1").tobytes())
            add("palette-%d%s.png" % (depth, tag), png(index, depth, 3, interlaced, plte), colours[index[:, :, 0]])
    for depth in (8, 16):
        rgb = rng.randint(0, 2 ** depth, (H, W, 3))
        add("rgb-%d%s.png" % (depth, tag), png(rgb, depth, 2, interlaced), to8(rgb, depth))
        ga = rng.randint(0, 2 ** depth, (H, W, 2))
        add("grey-alpha-%d%s.png" % (depth, tag), png(ga, depth, 4, interlaced),
            np.repeat(on_white(to8(ga[:, :, :1], depth), to8(ga[:, :, 1:], depth)), 3, 2), 1 if depth == 16 else 0)
        rgba = rng.randint(0, 2 ** depth, (H, W, 4))
        rgba[0, 0, 3], rgba[0, 1, 3] = 0, 2 ** depth - 1
        add("rgba-%d%s.png" % (depth, tag), png(rgba, depth, 6, interlaced),
            on_white(to8(rgba[:, :, :3], depth), to8(rgba[:, :, 3:], depth)), 1 if depth == 16 else 0)

grey = rng.randint(0, 256, (H, W, 1))
grey[1, 2] = 77
add("grey-8-key.png", png(grey, 8, 0, before=chunk(b"tRNS", struct.pack(">H", 77))), np.repeat(np.where(grey == 77, 255, grey), 3, 2))
rgb = rng.randint(0, 256, (H, W, 3))
key = (rgb == rgb[2, 3]).all(2, keepdims=True)
add("rgb-8-key.png", png(rgb, 8, 2, before=chunk(b"tRNS", struct.pack(">HHH", *rgb[2, 3]))), np.where(key, 255, rgb))
colours, alphas = rng.randint(0, 256, (4, 3)), np.array([0, 100, 200])
index = rng.randint(0, 4, (H, W, 1))
plte = chunk(b"PLTE", colours.astype("u1").tobytes()) + chunk(b"tRNS", alphas.astype("u1").tobytes())
add("palette-2-alpha.png", png(index, 2, 3, before=plte), on_white(colours, np.append(alphas, 255)[:, None])[index[:, :, 0]])

# Gamma and sRGB chunks change nothing: stored values are sRGB values.
gamma = chunk(b"gAMA", struct.pack(">I", 100000))
for depth in (8, 16):
    grey = rng.randint(0, 2 ** depth, (H, W, 1))
    add("gamma-%d.png" % depth, png(grey, depth, 0, before=gamma), np.repeat(to8(grey, depth), 3, 2))
    add("srgb-%d.png" % depth, png(grey, depth, 0, before=chunk(b"sRGB", b"\0")), np.repeat(to8(grey, depth), 3, 2))

# A photograph in little: smooth colours, an edge, and no symmetry.
y, x = np.mgrid[0:16, 0:24]
scene = np.stack([x * 10, y * 15, 255 - x * 5 - y * 5], 2).astype("u1")
scene[3:9, 4:12] = (200, 60, 30)
picture = Image.fromarray(scene)


def decoded(data):
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def jpeg(image, **options):
    out = io.BytesIO()
    image.save(out, "JPEG", **options)
    return out.getvalue()


def segments(data):
    """Yields (marker, start, end) up to the first scan."""
    at = 2
    while data[at + 1] != 0xDA:
        end = at + 2 + struct.unpack(">H", data[at + 2:at + 4])[0]
        yield data[at + 1], at, end
        at = end


def without(data, marker):
    for found, start, end in segments(data):
        if found == marker:
            return data[:start] + data[end:]
    raise KeyError(marker)


def tiff(orientation, order):
    return (b"II*\0\x08\0\0\0" if order == "<" else b"MM\0*\0\0\0\x08") + struct.pack(
        order + "HHHIHHI", 1, 0x0112, 3, 1, orientation, 0, 0)


for name, options in (("420", dict(quality=90)), ("444", dict(quality=90, subsampling=0)), ("422", dict(quality=80, subsampling=1)),
                      ("progressive", dict(quality=85, progressive=True))):
    data = jpeg(picture, **options)
    add("rgb-%s.jpg" % name, data, decoded(data))
data = jpeg(picture.convert("L"), quality=90)
add("grey.jpg", data, decoded(data))
data = jpeg(picture, quality=90, subsampling=0)
adobe_rgb = b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0\0"
data = data[:2] + adobe_rgb + without(data, 0xE0)[2:]
add("adobe-rgb.jpg", data, decoded(data))
cmyk = jpeg(picture.convert("CMYK"), quality=90)
add("cmyk-adobe.jpg", cmyk, decoded(cmyk))
# The same numbers read as luminance, chroma and black: only the transform byte of Adobe's marker differs.
for found, start, end in segments(cmyk):
    if found == 0xEE:
        ycck = cmyk[:end - 1] + b"\2" + cmyk[end:]
add("ycck-adobe.jpg", ycck, decoded(ycck))
add("cmyk-plain.jpg", without(cmyk, 0xEE), decoded(without(cmyk, 0xEE)))

plain = jpeg(picture, quality=90, subsampling=0)
for orientation in range(1, 9):
    exif = b"Exif\0\0" + tiff(orientation, "<" if orientation % 2 else ">")
    data = plain[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + plain[2:]
    add("exif-%d.jpg" % orientation, data, np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data)))))
    if orientation in (3, 6):
        small = rng.randint(0, 256, (H, W, 3))
        turned = small[::-1, ::-1] if orientation == 3 else np.rot90(small, -1)
        place = "before" if orientation == 3 else "after"
        add("exif-%d.png" % orientation, png(small, 8, 2, **{place: chunk(b"eXIf", tiff(orientation, ">"))}), turned)


def webp(image, **options):
    out = io.BytesIO()
    image.save(out, "WEBP", **options)
    return out.getvalue()


add("lossless.webp", webp(picture, lossless=True), scene)
data = webp(picture, quality=80)
add("lossy.webp", data, decoded(data))
rgba = np.dstack([scene, (x * 11).astype("u1")])
add("alpha.webp", webp(Image.fromarray(rgba), lossless=True, exact=True), on_white(rgba[:, :, :3].astype(float), rgba[:, :, 3:].astype(float)))
data = webp(picture, lossless=True, exif=tiff(6, "<"))
add("exif-6.webp", data, np.rot90(scene, -1))

source = rng.randint(0, 256, (13, 17, 3)).astype("u1")
for h, w in ((6, 8), (5, 20), (19, 4), (26, 34), (1, 1), (13, 7), (40, 17)):
    out = np.asarray(Image.fromarray(source).resize((w, h), Image.BILINEAR))
    resized.append(dict(height=h, width=w, pixels=b64(out.tobytes())))

calm, bicubic, cut_off = (64 + source // 2).astype("u1"), [], []
for h, w in ((6, 8), (19, 4), (26, 34), (1, 1), (40, 17)):
    out = np.asarray(Image.fromarray(calm).resize((w, h), Image.BICUBIC))
    bicubic.append(dict(height=h, width=w, pixels=b64(out.tobytes())))
    out = np.asarray(Image.fromarray(source).resize((w, h), Image.BICUBIC))
    cut_off.append(dict(height=h, width=w, pixels=b64(out.tobytes())))

with open("goldens.json", "w") as f:
    json.dump(dict(files=files, resizeSource=dict(height=13, width=17, pixels=b64(source.tobytes())), resized=resized, bicubic=bicubic,
                   cutOff=cut_off), f, indent=0)
    f.write("\n")
