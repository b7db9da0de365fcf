#!/usr/bin/env bash
# Install the system packages that Unsealed needs on a Debian-like machine.
#   scripts/system-packages.sh demo    what `make demo` needs: little more than bubblewrap and venv
#   scripts/system-packages.sh ingest  native tools of ingest, each optional
#   scripts/system-packages.sh test    the rest: a browser and fonts for the page tests, PostgreSQL for the catalogue's, nginx for mirrors'
# As root it installs what is missing; otherwise it prints the one line to type, and ends with an error.
set -euo pipefail

demo=(bubblewrap ca-certificates libarchive13 python3 python3-venv)
# Native tools and data that ingest uses where they are there: pst-utils counts the messages of a PST a second time;
# the tesseract-ocr-* packages are language data of OCR (more languages: more of them); ffmpeg reads sound and film;
# libreoffice-*-nogui reads old word processors and sheets; 7zip opens encrypted 7z with a password.
ingest=(7zip ffmpeg libreoffice-calc-nogui libreoffice-writer-nogui pst-utils tesseract-ocr-eng tesseract-ocr-osd tesseract-ocr-ara tesseract-ocr-deu tesseract-ocr-fra
  tesseract-ocr-rus tesseract-ocr-spa)
# The tests look into published files with programs that are not ours: age, binutils, exiftool, poppler, tesseract, zstd.
test=("${demo[@]}" "${ingest[@]}" age binutils chromium fonts-liberation fonts-noto-core gcc iproute2 libc6-dev libimage-exiftool-perl nginx poppler-utils postgresql python3-dev
  tesseract-ocr util-linux zstd)

case "${1:-}" in
  demo) wanted=("${demo[@]}") ;;
  ingest) wanted=("${demo[@]}" "${ingest[@]}") ;;
  test) wanted=("${test[@]}") ;;
  *) echo "usage: $0 demo|ingest|test" >&2; exit 2 ;;
esac

if ! command -v dpkg-query >/dev/null; then
  echo "This is not a Debian-like machine. Install what corresponds to: ${wanted[*]}" >&2
  exit 0
fi

missing=()
for package in "${wanted[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done

# Without root another Python that is new enough and brings venv will do.
if ((EUID != 0)) && python3 -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
  kept=()
  for package in "${missing[@]}"; do
    [[ $package == python3 || $package == python3-venv ]] || kept+=("$package")
  done
  missing=("${kept[@]}")
fi

if ((${#missing[@]} == 0)); then
  exit 0
fi
if ((EUID != 0)); then
  echo "These system packages are missing. Type this line, then run make again:" >&2
  echo "  sudo apt-get update && sudo apt-get install --no-install-recommends -y ${missing[*]}" >&2
  exit 1
fi
export DEBIAN_FRONTEND=noninteractive
echo "Installing system packages: ${missing[*]}"
apt-get update -qq
apt-get install --no-install-recommends -y -qq "${missing[@]}" >/dev/null
