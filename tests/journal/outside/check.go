// Checks a published log with software that its makers did not write: golang.org/x/mod/sumdb/note and tlog, the
// code behind Go's checksum database. It shares no line with milenari.
//
//	check log DIRECTORY VERIFIERKEY        signature, every tile, every entry, and proofs made from the tiles
//	check proofs < lines                   proofs made elsewhere, one a line, hashes in base64:
//	    inclusion ROOT SIZE INDEX LEAF HASH...
//	    consistency ROOT SIZE OLDROOT OLDSIZE HASH...
//
// Prints one line a log or proof and exits 1 at the first that is not good.
package main

import (
	"bufio"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

func must(err error) {
	if err != nil {
		fmt.Println("refused:", err)
		os.Exit(1)
	}
}

func hash(text string) tlog.Hash {
	data, err := base64.StdEncoding.DecodeString(text)
	must(err)
	if len(data) != tlog.HashSize {
		must(fmt.Errorf("a hash of %d bytes", len(data)))
	}
	var made tlog.Hash
	copy(made[:], data)
	return made
}

// directory reads tiles where C2SP tlog-tiles puts them: as the checksum database does, without the height.
type directory string

func (d directory) Height() int                                { return height }
func (d directory) SaveTiles(tiles []tlog.Tile, data [][]byte) {}
func (d directory) path(t tlog.Tile) string {
	return filepath.Join(string(d), strings.Replace(t.Path(), fmt.Sprintf("tile/%d/", height), "tile/", 1))
}

func (d directory) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, t := range tiles {
		data, err := os.ReadFile(d.path(t))
		if err != nil && t.W < 1<<height {
			t.W = 1 << height
			data, err = os.ReadFile(d.path(t))
		}
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

func (d directory) entries(size int64) ([][]byte, error) {
	var all [][]byte
	for n := int64(0); n*(1<<height) < size; n++ {
		t := tlog.Tile{H: height, L: -1, N: n, W: 1 << height}
		if left := size - n*(1<<height); left < 1<<height {
			t.W = int(left)
		}
		data, err := os.ReadFile(strings.Replace(d.path(t), "/tile/data/", "/tile/entries/", 1))
		if err != nil {
			return nil, err
		}
		for len(data) >= 2 {
			length := 2 + int(binary.BigEndian.Uint16(data))
			if length > len(data) {
				return nil, fmt.Errorf("bundle %d is cut short", n)
			}
			all = append(all, data[2:length])
			data = data[length:]
		}
	}
	if int64(len(all)) != size {
		return nil, fmt.Errorf("%d entries where the checkpoint says %d", len(all), size)
	}
	return all, nil
}

func log(folder, key string) {
	verifier, err := note.NewVerifier(key)
	must(err)
	text, err := os.ReadFile(filepath.Join(folder, "checkpoint"))
	must(err)
	opened, err := note.Open(text, note.VerifierList(verifier))
	must(err)
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		must(fmt.Errorf("the checkpoint is not of this log"))
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err)
	tree := tlog.Tree{N: size, Hash: hash(lines[2])}
	place := directory(folder)
	reader := tlog.TileHashReader(tree, place)
	root, err := tlog.TreeHash(size, reader)
	must(err)
	if root != tree.Hash {
		must(fmt.Errorf("the tiles give another root"))
	}
	entries, err := place.entries(size)
	must(err)
	for n := int64(0); n < size; n++ {
		// The reader authenticates each tile against the signed root before it answers.
		held, err := reader.ReadHashes([]int64{tlog.StoredHashIndex(0, n)})
		must(err)
		if held[0] != tlog.RecordHash(entries[n]) {
			must(fmt.Errorf("entry %d is not the one in the tree", n))
		}
	}
	for n := int64(0); n < size; n += 1 + size/50 {
		proof, err := tlog.ProveRecord(size, n, reader)
		must(err)
		must(tlog.CheckRecord(proof, size, tree.Hash, n, tlog.RecordHash(entries[n])))
		old, err := tlog.TreeHash(n+1, reader)
		must(err)
		grown, err := tlog.ProveTree(size, n+1, reader)
		must(err)
		must(tlog.CheckTree(grown, size, tree.Hash, n+1, old))
	}
	fmt.Printf("good: %s, %d entries, %d signatures\n", verifier.Name(), size, len(opened.Sigs))
}

func proofs() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		if len(words) < 5 {
			must(fmt.Errorf("a line of %d words", len(words)))
		}
		var given []tlog.Hash
		for _, word := range words[5:] {
			given = append(given, hash(word))
		}
		size, err := strconv.ParseInt(words[2], 10, 64)
		must(err)
		switch words[0] {
		case "inclusion":
			index, err := strconv.ParseInt(words[3], 10, 64)
			must(err)
			must(tlog.CheckRecord(given, size, hash(words[1]), index, hash(words[4])))
		case "consistency":
			old, err := strconv.ParseInt(words[4], 10, 64)
			must(err)
			must(tlog.CheckTree(given, size, hash(words[1]), old, hash(words[3])))
		default:
			must(fmt.Errorf("a line that begins %q", words[0]))
		}
		fmt.Println("good:", words[0])
	}
	must(lines.Err())
}

func main() {
	switch {
	case len(os.Args) == 4 && os.Args[1] == "log":
		log(os.Args[2], os.Args[3])
	case len(os.Args) == 2 && os.Args[1] == "proofs":
		proofs()
	default:
		fmt.Println("usage: check log DIRECTORY VERIFIERKEY | check proofs")
		os.Exit(2)
	}
}
