# shellcheck shell=sh
# Kills the children of an engine that died: see child_guard.py. A shell starts in a tenth of the time of a Python.
trap '' INT TERM HUP
children=' '
while read -r change; do
    pid=${change#?}
    case $change in
    +*) children="$children$pid " ;;
    -*) children="${children%%" $pid "*} ${children#*" $pid "}" ;;
    esac
done
for pid in $children; do
    kill -KILL "-$pid" 2>/dev/null
done
exit 0
