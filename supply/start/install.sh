#!/bin/sh
# Makes the environment beside this file from its wheels, without a network; again where it was cut short, or the wheels are others.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
cmp -s "$here/requirements.txt" "$here/.venv/complete" && exit 0
wanted=$(cat "$here/python.txt")
(cd "$here/.." && sha256sum --quiet --check SHA256SUMS) || {
  echo "离线包不全或有改动（上面列出的文件）；请重新解压。" >&2
  exit 1
}
for python in "python$wanted" python3; do
  [ "$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)" = "$wanted" ] && break
  python=
done
[ -n "$python" ] || {
  echo "这个离线包要 Python $wanted（本机没有，或版本不同）；请管理员装上，或换用与本机 Python 版本相同的离线包。" >&2
  exit 1
}
echo "第一次启动：正在装好程序（约一分钟，不用网络）……" >&2
rm -rf "$here/.venv"
"$python" -m venv --without-pip "$here/.venv"
set -- "$here"/wheels/pip-*.whl
"$here/.venv/bin/python" "$1/pip" install --quiet --no-index --no-deps --no-cache-dir --disable-pip-version-check \
  --require-hashes --find-links "$here/wheels" --requirement "$here/requirements.txt"
cp "$here/requirements.txt" "$here/.venv/complete"
